"""Which servers a statement asks where the tables of listeners are distributed by `user_id`: read from its text, by PostgreSQL's own parser.

A relation of a statement is *named* where its user_id is a parameter, by itself or through the relations that it is joined to by
user_id. Where all of them are, one server answers (ONE); where some are not, every one (SCATTER). What asks the catalogue alone is
answered by any (REFERENCE), and what asks neither, by the first (LOCAL).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pglast.parser import parse_sql_json

from utils.database.placement import Place

Node = dict[str, Any]
Key = tuple[int, str]  # the level of the statement that a relation stands in, and its name there
PARAMETER: Key = (-1, "a parameter")


class Reach(StrEnum):
    """Who answers."""

    ONE = "one shard"
    SCATTER = "scatter"
    REFERENCE = "reference"
    LOCAL = "local"


@dataclass(frozen=True)
class Relation:
    """A table or view where it is named."""

    name: str
    place: Place
    key: Key
    level: int


@dataclass
class Level:
    """A SELECT, UPDATE or DELETE with what it can see."""

    number: int
    parent: "Level | None"
    aliases: list[str] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    subqueries: list["Level"] = field(default_factory=list)
    is_lateral: bool = False
    is_sublink: bool = False
    looks_out: bool = False  # at a column of a level around it
    locks: bool = False

    def everything(self) -> Iterator[Relation]:
        yield from self.relations
        for below in self.subqueries:
            yield from below.everything()


@dataclass
class Read:
    """A statement as it was read: its relations, what it writes to, and what is wrong with it."""

    kind: str
    target: Relation | None = None
    levels: list[Level] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    named: set[Key] = field(default_factory=set)
    set_by: set[str] = field(default_factory=set)  # the functions in what an upsert sets
    computed_by: set[str] = field(default_factory=set)  # those of a column, in an UPDATE or DELETE

    @property
    def relations(self) -> list[Relation]:
        return [each for level in self.levels for each in level.relations]

    def unnamed(self, relations: "list[Relation] | None" = None) -> list[Relation]:
        """Those of listeners whose user_id no parameter says."""
        found = self.relations if relations is None else relations
        return [each for each in found if each.place is Place.DISTRIBUTED and each.key not in self.named]

    @property
    def reach(self) -> Reach:
        places = {each.place for each in self.relations}
        if Place.DISTRIBUTED in places:
            return Reach.SCATTER if self.unnamed() else Reach.ONE
        return Reach.REFERENCE if Place.REFERENCE in places else Reach.LOCAL


def read_all(sql: str, places: Mapping[str, Place]) -> list[Read]:
    """Each statement of a text of ours, in its order. `places`: of tables and views; what is not among them is temporary."""
    text = re.sub(r"%\(\w+\)s", "$1", sql)
    text = re.sub(r"\bVALUES %s", "VALUES ($1)", text).replace("%s", "$1").replace("%%", "%")
    return [_Reader(places).read(each["stmt"]) for each in json.loads(parse_sql_json(text))["stmts"]]


class _Reader:
    """Reads one statement."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places
        self._number = 0
        self._outer: list[Level] = []  # where what is shared keeps its rows beside what is personal
        self._same: dict[Key, Key] = {}  # a union of relations whose user_id is the same
        self._several: set[Key] = set()  # relations whose user_id is one of several that a parameter says

    def read(self, stmt: Node) -> Read:
        ((kind, body),) = stmt.items()
        self._read = Read(kind)
        if kind in ("SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"):
            self._statement(kind, body, None, {})
        elif kind == "CreateTableAsStmt":
            self._statement("SelectStmt", body["query"]["SelectStmt"], None, {})
        root = self._find(PARAMETER)
        self._read.named = {each.key for each in self._read.relations if self._find(each.key) == root}
        self._judge()
        return self._read

    # which user_id is the same

    def _find(self, key: Key) -> Key:
        while key in self._same:
            key = self._same[key]
        return key

    def _join(self, one: Key, other: Key) -> None:
        one, other = self._find(one), self._find(other)
        if one != other:
            self._same[one] = other

    # levels

    def _new_level(self, parent: Level | None) -> Level:
        self._number += 1
        level = Level(self._number, parent)
        self._read.levels.append(level)
        if parent is not None:
            parent.subqueries.append(level)
        return level

    def _statement(self, kind: str, body: Node, parent: Level | None, ctes: Mapping[str, Key]) -> Level:
        """Read it and what it consists of; its output's user_id goes by the key (number, '')."""
        level = self._new_level(parent)
        out: Key = (level.number, "")
        known = dict(ctes)
        for each in body.get("withClause", {}).get("ctes", []):
            cte = each["CommonTableExpr"]
            if body["withClause"].get("recursive"):
                known[cte["ctename"]] = (level.number, f"WITH {cte['ctename']}")
            ((inner_kind, inner),) = cte["ctequery"].items()
            below = self._statement(inner_kind, inner, level, known)
            known[cte["ctename"]] = (below.number, "")
            if inner_kind != "SelectStmt":
                self._read.wrong += (
                    [] if inner_kind in ("InsertStmt", "UpdateStmt", "DeleteStmt") else ["odd"]
                )
        if kind == "SelectStmt":
            self._select(body, level, known, out)
        else:
            self._write(kind, body, level, known, out)
        return level

    def _select(self, body: Node, level: Level, ctes: Mapping[str, Key], out: Key) -> None:
        if body.get("op", "SETOP_NONE") != "SETOP_NONE":
            arms = [self._statement("SelectStmt", body[arm], level, ctes) for arm in ("larg", "rarg")]
            # Its rows are of one listener where those of each arm are.
            for arm in arms:
                self._join(out, (arm.number, ""))
            return
        level.locks = bool(body.get("lockingClause"))
        for item in body.get("fromClause", []):
            self._from(item, level, ctes)
        self._condition(body.get("whereClause"), level)
        for target in body.get("targetList", []):
            self._output(target["ResTarget"], level, out)
        self._sublinks({k: v for k, v in body.items() if k not in ("fromClause", "withClause")}, level, ctes)

    def _write(self, kind: str, body: Node, level: Level, ctes: Mapping[str, Key], out: Key) -> None:
        relation = self._relation(body["relation"], level, ctes)
        if relation is not None:
            if level.parent is None:
                self._read.target = relation
            self._join(out, relation.key)
        if kind == "InsertStmt":
            self._insert(body, level, ctes, relation)
            return
        for item in body.get("fromClause", body.get("usingClause", [])):
            self._from(item, level, ctes)
        self._condition(body.get("whereClause"), level)
        if relation is not None and relation.place is not Place.LOCAL:
            changes = [body.get(part, []) for part in ("targetList", "whereClause")]
            self._read.computed_by |= set(_functions(changes, of_columns=True))
            if any(map(_casts_a_column, changes)):
                self._read.wrong.append("a column is read as a text, or as a list, in a change")
        if relation is not None and relation.place is Place.DISTRIBUTED:
            self._no_new_owner(body.get("targetList", []))
        self._sublinks(
            {k: v for k, v in body.items() if k not in ("fromClause", "usingClause", "withClause")},
            level,
            ctes,
        )

    def _insert(self, body: Node, level: Level, ctes: Mapping[str, Key], relation: Relation | None) -> None:
        columns = [each["ResTarget"]["name"] for each in body.get("cols", [])]
        select = body.get("selectStmt", {}).get("SelectStmt", {})
        if relation is None:
            self._statement("SelectStmt", select, level, ctes)
            return
        personal = relation.place is Place.DISTRIBUTED
        if personal and columns and "user_id" not in columns:
            self._read.wrong.append(f"{relation.name} is written without user_id")
        if "valuesLists" in select:  # each row goes to its server
            self._join(relation.key, PARAMETER)
        else:
            self._statement("SelectStmt", select, level, ctes)
            for arm in _arms(select):
                place = columns.index("user_id") if "user_id" in columns else 0
                targets = arm.get("targetList", [])
                if (
                    personal
                    and place < len(targets)
                    and _is_parameter(targets[place]["ResTarget"].get("val", {}))
                ):
                    self._join(relation.key, PARAMETER)
            if personal and self._find(relation.key) != self._find(PARAMETER):
                self._join(relation.key, (level.subqueries[-1].number, ""))
        self._read.set_by |= set(_functions(body.get("onConflictClause", {})))
        if "onConflictClause" in body and personal:
            self._no_new_owner(body["onConflictClause"].get("targetList", []))
        self._sublinks(
            {
                "onConflictClause": body.get("onConflictClause", {}),
                "returning": body.get("returningList", []),
            },
            level,
            ctes,
        )

    def _no_new_owner(self, targets: list[Node]) -> None:
        if any(each["ResTarget"].get("name") == "user_id" for each in targets):
            self._read.wrong.append("user_id is changed")

    def _relation(self, var: Node, level: Level, ctes: Mapping[str, Key]) -> Relation | None:
        name, alias = var["relname"], var.get("alias", {}).get("aliasname", var["relname"])
        level.aliases.append(alias)
        key = (level.number, alias)
        if name in ctes:
            self._join(key, ctes[name])
            return None
        if var.get("schemaname") == "pg_catalog" or name.startswith("pg_"):
            return None
        relation = Relation(name, self._places.get(name, Place.LOCAL), key, level.number)
        level.relations.append(relation)
        return relation

    def _from(self, item: Node, level: Level, ctes: Mapping[str, Key]) -> list[str]:
        """Read an item of FROM; the names in it."""
        ((kind, body),) = item.items()
        if kind == "RangeVar":
            self._relation(body, level, ctes)
            return [level.aliases[-1]]
        if kind == "RangeSubselect":
            alias = body.get("alias", {}).get("aliasname", f"subquery {self._number}")
            ((inner_kind, inner),) = body["subquery"].items()
            below = self._statement(inner_kind, inner, level, ctes)
            below.is_lateral = bool(body.get("lateral"))
            level.aliases.append(alias)
            self._join((level.number, alias), (below.number, ""))
            return [alias]
        if kind == "JoinExpr":
            left, right = self._from(body["larg"], level, ctes), self._from(body["rarg"], level, ctes)
            if any(each["String"]["sval"] == "user_id" for each in body.get("usingClause", [])):
                for name in (*left, *right):
                    if self._has_owner(level, name) and self._has_owner(level, right[0]):
                        self._join((level.number, name), (level.number, right[0]))
            self._condition(body.get("quals"), level)
            self._sublinks(body.get("quals", {}), level, ctes)
            self._check_outer(body, level, left, right)
            return left + right
        alias = body.get("alias", {}).get("aliasname", "") if isinstance(body, dict) else ""
        level.aliases.append(alias)
        self._sublinks(body, level, ctes)
        return [alias]

    def _has_owner(self, level: Level, alias: str) -> bool:
        for each in level.relations:
            if each.key == (level.number, alias):
                return each.place is not Place.REFERENCE
        return True

    def _check_outer(self, body: Node, level: Level, left: list[str], right: list[str]) -> None:
        kept = {"JOIN_LEFT": (left, right), "JOIN_RIGHT": (right, left)}.get(body.get("jointype", ""))
        if kept is None:
            return
        places = [[each.place for each in level.relations if each.key[1] in names] for names in kept]
        if places[0] == [Place.REFERENCE] * len(kept[0]) and Place.DISTRIBUTED in places[1]:
            self._outer.append(level)

    # conditions

    def _condition(self, node: Node | None, level: Level) -> None:
        """Join the user_ids that a condition makes the same."""
        if not node:
            return
        ((kind, body),) = node.items()
        if kind == "BoolExpr" and body["boolop"] == "AND_EXPR":
            for each in body["args"]:
                self._condition(each, level)
        elif kind == "A_Expr" and body["kind"] == "AEXPR_OP" and body["name"][0]["String"]["sval"] == "=":
            sides = [self._owners(body.get(side, {}), level) for side in ("lexpr", "rexpr")]
            values = [_is_parameter(body.get(side, {})) for side in ("lexpr", "rexpr")]
            if all(sides):
                for one in sides[0]:
                    self._join(one, sides[1][0])
            elif (sides[0] and values[1]) or (sides[1] and values[0]):
                for one in sides[0] or sides[1]:
                    self._join(one, PARAMETER)
        elif kind == "A_Expr" and (
            body["kind"] == "AEXPR_IN" or (body["kind"] == "AEXPR_OP_ANY" and _is_parameter(body["rexpr"]))
        ):
            for one in self._owners(body["lexpr"], level):  # of so many listeners, who are named as well
                self._join(one, PARAMETER)
                self._several.add(one)

    def _owners(self, node: Node, level: Level) -> list[Key]:
        """The relations whose user_id a column is."""
        if "CoalesceExpr" in node:  # of what is everybody's where it is NULL
            return next(
                (found for each in node["CoalesceExpr"]["args"] if (found := self._owners(each, level))), []
            )
        if "ColumnRef" not in node:
            return []
        names = [each["String"]["sval"] for each in node["ColumnRef"]["fields"] if "String" in each]
        if names[-1:] != ["user_id"]:
            return []
        at: Level | None = level
        while at is not None:
            if len(names) == 2 and names[0] in at.aliases:
                return [(at.number, names[0])]
            if len(names) == 1 and at.aliases:
                owned = [alias for alias in at.aliases if self._has_owner(at, alias)]
                if owned:
                    return [(at.number, alias) for alias in owned]
            at = at.parent
        return []

    def _output(self, target: Node, level: Level, out: Key) -> None:
        value = target.get("val", {})
        if _is_parameter(value) and target.get("name") == "user_id":
            self._join(out, PARAMETER)
        elif "ColumnRef" in value and any("A_Star" in each for each in value["ColumnRef"]["fields"]):
            names = [each["String"]["sval"] for each in value["ColumnRef"]["fields"] if "String" in each]
            for alias in names or [alias for alias in level.aliases if self._has_owner(level, alias)][:1]:
                self._join(out, (level.number, alias))
        else:
            for one in self._owners(value, level)[:1]:
                self._join(out, one)

    def _sublinks(self, node: Any, level: Level, ctes: Mapping[str, Key]) -> None:
        """Read the subqueries in expressions."""
        if isinstance(node, list):
            for each in node:
                self._sublinks(each, level, ctes)
        elif isinstance(node, dict):
            for name, value in node.items():
                if name == "SubLink":
                    ((kind, inner),) = value["subselect"].items()
                    below = self._statement(kind, inner, level, ctes)
                    below.is_sublink = True
                    below.looks_out = _looks_out(inner, below)
                    test = value.get("testexpr")
                    if test and value["subLinkType"] == "ANY_SUBLINK":
                        for one in self._owners(test, level):
                            self._join(one, (below.number, ""))
                    self._sublinks(test, level, ctes)
                elif name in ("SelectStmt",) and name != "subselect":
                    continue
                else:
                    self._sublinks(value, level, ctes)

    # what is forbidden

    def _judge(self) -> None:
        read = self._read
        for level in read.levels:
            below = [each for each in level.everything()]
            if level.is_lateral and read.unnamed(below):
                read.wrong.append("LATERAL across listeners")
            if level.locks and read.unnamed(below):
                read.wrong.append("FOR UPDATE of rows of all listeners")
            parent = level.parent
            if level.is_sublink and parent is not None and read.unnamed(below):
                places = {each.place for each in parent.relations}
                if places == {Place.REFERENCE}:
                    read.wrong.append("a subquery of what is shared looks at what is personal")
            if level.is_sublink and level.looks_out and parent is not None:
                around, within = ({each.place for each in them} for them in (parent.relations, below))
                if (Place.LOCAL in around and Place.DISTRIBUTED in within) or (
                    Place.DISTRIBUTED in around and Place.LOCAL in within
                ):
                    read.wrong.append(
                        "a subquery that depends on a row joins what is local and what is personal"
                    )
                if any(each.key in self._several for each in below):
                    read.wrong.append("a subquery that depends on a row looks at rows of several listeners")
        for level in self._outer:
            if read.unnamed(level.relations):
                read.wrong.append("what is shared LEFT JOIN what is personal")
        target = read.target
        if target is not None and read.kind in ("UpdateStmt", "DeleteStmt", "InsertStmt"):
            others = [each for each in read.relations if each is not target]
            if target.place is Place.REFERENCE and any(each.place is Place.DISTRIBUTED for each in others):
                read.wrong.append("what is shared is changed with a look at what is personal")


def _functions(node: Any, *, of_columns: bool = False) -> Iterator[str]:
    """The names of the functions that are called, and of SQL's own values. `of_columns`: of those that are given a column."""
    if isinstance(node, list):
        for each in node:
            yield from _functions(each, of_columns=of_columns)
    elif isinstance(node, dict):
        if "funcname" in node and (not of_columns or "ColumnRef" in json.dumps(node.get("args", []))):
            yield str(node["funcname"][-1]["String"]["sval"])
        if "SQLValueFunction" in node and not of_columns:
            yield "now"
        for each in node.values():
            yield from _functions(each, of_columns=of_columns)


def _casts_a_column(node: Any) -> bool:
    """Whether a column, or a row of them, is read as a text, or as an array: how depends on the session."""
    if isinstance(node, list):
        return any(map(_casts_a_column, node))
    if not isinstance(node, dict):
        return False
    if "TypeCast" in node:
        cast = node["TypeCast"]
        is_list = "arrayBounds" in cast["typeName"]
        is_text = cast["typeName"]["names"][-1]["String"]["sval"] == "text"
        if (is_list or is_text) and ({"ColumnRef", "RowExpr"} & cast["arg"].keys()):
            return True
    return any(map(_casts_a_column, node.values()))


def _arms(select: Node) -> Iterator[Node]:
    if select.get("op", "SETOP_NONE") == "SETOP_NONE":
        yield select
    else:
        for arm in ("larg", "rarg"):
            yield from _arms(select[arm])


def _looks_out(node: Any, level: Level) -> bool:
    """Whether a subquery names, with its table, a column that is none of its own."""
    own = {alias for each in _levels(level) for alias in each.aliases}

    def outside(part: Any) -> bool:
        if isinstance(part, list):
            return any(map(outside, part))
        if not isinstance(part, dict):
            return False
        fields = part.get("ColumnRef", {}).get("fields", [])
        if len(fields) == 2 and "String" in fields[0] and fields[0]["String"]["sval"] not in own:
            return True
        return any(map(outside, part.values()))

    return outside(node)


def _levels(level: Level) -> Iterator[Level]:
    yield level
    for below in level.subqueries:
        yield from _levels(below)


def _is_parameter(node: Node) -> bool:
    """A value that is given, whatever type it is cast to."""
    if "TypeCast" in node:
        return _is_parameter(node["TypeCast"]["arg"])
    return "ParamRef" in node or "A_Const" in node
