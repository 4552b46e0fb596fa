"""Expressions mean here what they mean on GitHub."""

import math
from pathlib import Path

import pytest

from tests.workflows.runner.contexts import Scope, parse_condition, parse_template, typed
from tests.workflows.runner.errors import ExpressionError, WorkflowError
from tests.workflows.runner.expressions import asks_status, evaluate, parse
from tests.workflows.runner.functions import hash_files
from tests.workflows.runner.values import CaseSensitive, text

CONTEXTS = {
    "github": {
        "event_name": "schedule",
        "event": {"labels": [{"name": "bug"}, {"name": "Help"}, {"color": "red"}], "number": 7},
    },
    "inputs": {"force": True, "off": False, "empty": "", "count": 3.0, "scripts": '["a", "B"]'},
    "vars": {"SCHEDULES": "on"},
    "env": CaseSensitive({"Name": "value"}),
    "steps": {"first-step": {"outcome": "success", "outputs": {"report": "x"}}},
}


def value(expression: str) -> object:
    return evaluate(parse(expression), CONTEXTS, {"always": lambda: True})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("null", None),
        ("true", True),
        ("711", 711.0),
        ("-9.2", -9.2),
        ("+1", 1.0),
        (".5", 0.5),
        ("0xff", 255.0),
        ("0o17", 15.0),
        ("-2.99e-2", -0.0299),
        ("Infinity", math.inf),
        ("'It''s open source!'", "It's open source!"),
        ("''''", "'"),
        ("'}} ${{'", "}} ${{"),
    ],
)
def test_literals(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("github.event_name", "schedule"),
        ("GitHub.EVENT_NAME", "schedule"),
        ("github['event_name']", "schedule"),
        ("github[format('event_{0}', 'name')]", "schedule"),
        ("steps.first-step.outputs.report", "x"),
        ("github.event.labels[1].name", "Help"),
        ("github.event.labels['1'].name", "Help"),
        ("github.event.labels[1.9].name", "Help"),
        ("github.event.labels[9]", None),
        ("github.event.labels[-1]", None),
        ("github.nothing.at.all", None),
        ("github.event_name.length", None),
        ("matrix.python", None),
        ("env.Name", "value"),
        ("env.NAME", None),
        ("join(github.event.labels.*.name, '+')", "bug+Help"),
        ("contains(github.event.labels.*.name, 'help')", True),
        ('join(fromJSON(\'{"a": [1, 2], "b": [3]}\').*[0])', "1,3"),
        ("join(fromJSON('[[1], [2, 3]]').*.*)", "1,2,3"),
        ("join(github.nothing.*)", ""),
    ],
)
def test_properties(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'A' == 'a'", True),
        ("'a' != 'A'", False),
        ("null == ''", True),
        ("null == 0", True),
        ("null == false", True),
        ("null == null", True),
        ("null >= null", True),
        ("null > null", False),
        ("true == 1", True),
        ("true == 'true'", False),
        ("'' == 0", True),
        ("' 10 ' == 10", True),
        ("'0x0A' == 10", True),
        ("'ten' == 10", False),
        ("'ten' < 10 || 'ten' >= 10", False),
        ("NaN == NaN", False),
        ("'9' < '10'", False),
        ("'9' < 10", True),
        ("'abc' < 'ABD'", True),
        ("true > false", True),
        ("2 >= 2 && 2 <= 2", True),
        ("github == github", True),
        ("fromJSON('[1]') == fromJSON('[1]')", False),
        ("fromJSON('[]') == 0", False),
        ("inputs.empty != 'failure'", True),
        ("steps.unknown.outcome != 'failure'", True),
    ],
)
def test_comparisons(expression: str, expected: bool) -> None:
    assert value(expression) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!true == false", True),
        ("!(true == false)", True),
        ("!!'x'", True),
        ("!0 && !'' && !null && !NaN", True),
        ("!fromJSON('[]')", False),
        ("!'0'", False),
        ("inputs.force && 'true' || ''", "true"),
        ("inputs.off && 'true' || ''", ""),
        ("vars.CRON || '7 7 * * *'", "7 7 * * *"),
        ("0 || ''", ""),
        ("'' && unknown_is_never_asked.x", ""),
        ("true || false && false", True),
        ("1 == 1 == true", True),
        ("1 < 2 == true", True),
        ("'x' || fromJSON('no JSON')", "x"),
        ("false && fromJSON('no JSON')", False),
    ],
)
def test_operators(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("contains('Hello world', 'LLO')", True),
        ("contains(fromJSON(inputs.scripts), 'b')", True),
        ("contains(fromJSON(inputs.scripts), 'ab')", False),
        ("contains(inputs.scripts, 'a')", True),
        ("contains(fromJSON('[1, 2]'), '2')", True),
        ("contains(github, 'schedule')", False),
        ("contains('', '')", True),
        ("startsWith('Hello', 'he')", True),
        ("endsWith('Hello', 'LO')", True),
        ("startsWith(fromJSON('[1]'), '')", False),
        ("format('{{Hello {0} {1} {0}!}}', 'Mona', 2)", "{Hello Mona 2 Mona!}"),
        ("join(fromJSON('[1, true, null, \"x\"]'))", "1,true,,x"),
        ("join('alone')", "alone"),
        ("toJSON(fromJSON('{\"a\": [1, 2.5]}'))", '{\n  "a": [\n    1,\n    2.5\n  ]\n}'),
        ("toJSON('ä\"')", '"ä\\""'),
        ("tojson(FROMJSON('true'))", "true"),
        ("case(inputs.off, 1, inputs.force, 2, 3)", 2.0),
        ("case(false, fromJSON(''), 'otherwise')", "otherwise"),
        ("always()", True),
    ],
)
def test_functions(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "'open",
        '"double"',
        "(1",
        "1)",
        "a b",
        "a..b",
        "a.",
        "a[",
        "a[]",
        "'text'.length",
        "1 +",
        "1 = 1",
        "a & b",
        "!",
        "&& true",
        "1a",
        "a$b",
        "contains('a')",
        "contains('a', 'b', 'c')",
        "unknown()",
        "'5' + 1",
        "case(true, 1)",
        "fromJSON('')",
        "fromJSON('{')",
        "format('{1}', 'one')",
        "format('{', 'one')",
        "case('x', 1, 2)",
        "failure()",
        "*",
    ],
)
def test_what_cannot_be_read_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        value(expression)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (5.0, "5"),
        (0.1 + 0.2, "0.3"),
        (-0.5, "-0.5"),
        (1e15, "1E+15"),
        (123456789012345.0, "123456789012345"),
        (1e-5, "1E-05"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (True, "true"),
        (None, ""),
        ({}, "Object"),
    ],
)
def test_texts_of_values(number: object, expected: str) -> None:
    assert text(number) == expected


def scope() -> Scope:
    return Scope(CONTEXTS, {"success": lambda: False, "always": lambda: True})


def test_a_text_with_expressions() -> None:
    written = "x ${{ github.event.number }}, ${{ 'a }} b' }}${{ null }}."
    assert scope().value(written, "steps.run") == "x 7, a }} b."
    assert scope().value("${{ inputs.force }}", "steps.run") is True
    assert scope().text("${{ inputs.force }}", "steps.run") == "true"
    assert scope().value(5, "jobs.timeout-minutes") == 5
    for broken in ("${{ true", "${{ }}", "${{ 'a }}"):
        with pytest.raises(ExpressionError):
            parse_template(broken, "steps.run")
    with pytest.raises(ExpressionError, match="Array where a text is wanted"):
        scope().text("${{ fromJSON('[]') }}", "steps.env")


def test_a_condition_asks_for_success_unless_it_asks_for_a_status() -> None:
    assert not scope().condition("true", "steps.if")
    assert not scope().condition("${{ github.event_name == 'schedule' }}", "steps.if")
    assert scope().condition("always()", "steps.if")
    assert scope().condition("${{ true && Always() }}", "steps.if")
    assert not scope().condition("'always()'", "steps.if")
    assert not scope().condition(None, "steps.if")
    assert not scope().condition("  ", "steps.if")
    assert not scope().condition(True, "steps.if")
    assert asks_status(parse("!(failure() || true)"))
    with pytest.raises(WorkflowError, match="success is not available"):
        parse_condition("success", "steps.if")


def test_text_around_an_expression_makes_no_condition() -> None:
    """On GitHub it would be a text that is not empty, and so always true."""
    for trap in ("${{ inputs.off }} == 'x'", "${{ inputs.off }} && ${{ inputs.off }}"):
        with pytest.raises(WorkflowError, match="always true"):
            parse_condition(trap, "steps.if")


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("secrets.X == ''", "steps.if"),
        ("secrets.X == ''", "jobs.if"),
        ("env.X", "jobs.if"),
        ("matrix.x", "jobs.if"),
        ("steps.a.outcome", "jobs.if"),
        ("hashFiles('x')", "jobs.if"),
        ("runner.os", "jobs.env"),
        ("env.X", "jobs.with"),
        ("secrets.X", "jobs.with"),
        ("secrets.X", "concurrency"),
        ("needs.a.result", "concurrency"),
        ("secrets.X", "jobs.concurrency"),
        ("secrets.X", "jobs.environment"),
        ("secrets.X", "jobs.runs-on"),
        ("success()", "steps.run"),
        ("needs.a.result", "env"),
        ("secrets.X", "action.steps.env"),
        ("vars.X", "action.steps.run"),
        ("needs.x.result", "action.steps.if"),
        ("inputs.x", "action.inputs.default"),
        ("steps.a.outputs.b", "on.workflow_call.outputs.value"),
        ("True", "steps.run"),
        ("success", "steps.name"),
    ],
)
def test_contexts_are_where_github_has_them(expression: str, key: str) -> None:
    with pytest.raises(WorkflowError, match="is not available in"):
        parse_template(f"${{{{ {expression} }}}}", key)


def test_only_to_a_string_is_anything_turned() -> None:
    assert typed(True, "string", "x") == "true"
    assert typed(None, "string", "x") == ""
    assert typed(5, "number", "x") == 5
    assert typed(False, "boolean", "x") is False
    for value_, wanted in (
        (None, "boolean"),
        ("true", "boolean"),
        ("", "number"),
        ("5", "number"),
        (1, "boolean"),
    ):
        with pytest.raises(WorkflowError, match="unexpected value"):
            typed(value_, wanted, "x")


def test_a_hash_over_files(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "deep/c.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    assert hash_files(tmp_path, "*.md") == ""
    both = hash_files(tmp_path, "*.txt")
    assert len(both) == 64
    assert both != hash_files(tmp_path, "**/*.txt")
    assert both == hash_files(tmp_path, "**/*.txt", "!deep/*")
    (tmp_path / "a.txt").write_text("changed")
    assert both != hash_files(tmp_path, "*.txt")
