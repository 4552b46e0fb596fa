"""Control over HTTP, for tests and a demo that run in another process: `/_simulator/...`.

* `GET requests`: counts per endpoint, per account and in total; `POST reset_requests`
* `POST accounts` `{"name": "anna", "liked": 30, ...}`: another account; the answer has its refresh token
* `GET library`: what an account holds, for expectations
* `POST edit` `{"method": "like", "args": {...}}`: an editing method of `Library`; moments are ISO texts
* `POST faults` `{"kind": ..., "match": ..., ...}`; `DELETE faults`
* `POST mode` `{"mode": "extended"}`
* `POST rate_window` `{"limit", "seconds"}`; `POST daily_quota` `{"calls"}`
* `POST account` `{"action": "revoke_consent"}`, or `{"set": {"premium_lapsed": true}}`

`library`, `edit` and the actions of `account` take the name of an account, `{"account": "anna", ...}`, and mean the first one without.
"""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from simulator.api.answers import Answer, ApiError, bad_request, json_answer
from simulator.api.call import DEVELOPMENT, EXTENDED
from simulator.server.account import Account
from simulator.server.service import Service
from simulator.server.transport import Incoming

Json = dict[str, object]
EDITS = frozenset(
    {
        "like",
        "unlike",
        "save_album",
        "unsave_album",
        "replace_liked",
        "replace_saved_album",
        "clear_liked",
        "clear_saved_albums",
        "play",
        "follow",
        "unfollow",
        "new_artist",
        "new_album",
        "new_track",
        "list_on",
        "show_with",
        "new_relink",
        "new_playlist",
        "playlist_add",
        "playlist_replace",
        "playlist_remove",
        "playlist_add_local",
        "playlist_change",
        "follow_playlist",
        "join_playlist",
        "unfollow_playlist",
    }
)
ACTIONS: dict[str, Callable[[Service, Account], object]] = {
    "expire_access_tokens": lambda service, account: service.expire_access_tokens(account),
    "revoke_consent": lambda service, account: service.revoke_consent(account),
    "expire_consent": lambda service, account: service.expire_consent(account),
    "new_consent": lambda service, account: service.new_consent(account=account),
    "sign_in": lambda service, account: service.sign_in(account),
    "allow": lambda service, account: service.set_allowed(account, is_allowed=True),
    "disallow": lambda service, account: service.set_allowed(account, is_allowed=False),
}
SWITCHES = frozenset(
    {"rotate_refresh_tokens", "deny_authorize", "user_not_allowlisted", "premium_lapsed", "latency_ms"}
)


def answer_control(service: Service, incoming: Incoming, path: str) -> Answer:
    """Answer a control call; it is not recorded as a request.

    Only under a loopback name, so that no page of another site can reach it through a browser.
    """
    if incoming.headers.get("host", "").rsplit(":", 1)[0] not in {"127.0.0.1", "localhost"}:
        raise ApiError(403, "Control is for loopback only")
    commands: dict[str, Callable[[Service, Json], object]] = {
        "GET requests": _requests,
        "POST reset_requests": lambda service, _: service.clear_requests(),
        "POST accounts": _add_account,
        "GET library": _library,
        "POST edit": _edit,
        "POST faults": _add_fault,
        "DELETE faults": lambda service, _: service.faults.clear(),
        "POST mode": _mode,
        "POST rate_window": lambda service, body: service.rate_window(**body),  # type: ignore[arg-type] # checked by use
        "POST daily_quota": lambda service, body: service.daily_quota(**body),  # type: ignore[arg-type] # as above
        "POST account": _change_account,
    }
    command = commands.get(f"{incoming.method} {path.removeprefix('/_simulator/').rstrip('/')}")
    if command is None:
        raise ApiError(404, "No such control")
    try:
        body = json.loads(incoming.body or b"{}")
        if not isinstance(body, dict):
            raise bad_request("The body must be a JSON object")
        result = command(service, body)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise bad_request(f"{type(error).__name__}: {error}") from error
    return json_answer(result if isinstance(result, dict) else {"result": result})


def _requests(service: Service, body: Json) -> Json:  # noqa: ARG001 - every command takes a body
    requests = list(service.requests)
    return {
        "total": len(requests),
        "by_endpoint": dict(Counter(f"{request.method} {request.template}" for request in requests)),
        "by_kind": dict(Counter(request.kind for request in requests)),
        "by_status": dict(Counter(str(request.status) for request in requests)),
        "by_account": service.calls_by_account(),
        "max_concurrent": service.max_concurrent,
    }


def _account_meant(service: Service, body: Json) -> Account:
    name = body.get("account")
    return service.account(None if name is None else str(name))


def _add_account(service: Service, body: Json) -> Json:
    account = service.add_account(**body)  # type: ignore[arg-type] # refused by the method itself
    return {
        "name": account.name,
        "account_id": account.account_id,
        "refresh_token": account.refresh_token if account.consents else None,
    }


def _library(service: Service, body: Json) -> Json:
    with service.lock:
        library = _account_meant(service, body).library
        playlists = [library.playlists[name] for name in library.user_playlists if name]
        return {
            "user": {"id": library.user.id, "account_id": library.user.account_id},
            "liked": {name: at.isoformat() for name, at in library.liked_rows().items()},
            "saved_albums": {name: at.isoformat() for name, at in library.saved_album_rows().items()},
            "plays": sorted([at.isoformat(), name] for at, name in library.all_plays()),
            "followed": list(library.followed),
            "playlists": [
                {"id": known.id, "name": known.name, "owner_id": known.owner_id, "uris": list(known.uris())}
                for known in playlists
            ],
        }


def _edit(service: Service, body: Json) -> object:
    method, args = body.get("method"), body.get("args", {})
    if method not in EDITS or not isinstance(args, dict):
        raise bad_request(f"method must be one of {', '.join(sorted(EDITS))}")
    given = {name: _moment(value) if name == "at" else value for name, value in args.items()}
    with service.edit(_account_meant(service, body)) as library:
        result = getattr(library, str(method))(**given)
    return result if isinstance(result, str | bool) else None


def _moment(value: object) -> object:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _add_fault(service: Service, body: Json) -> None:
    service.faults.add(**body)  # type: ignore[arg-type] # refused by `add` itself


def _mode(service: Service, body: Json) -> Json:
    mode = body.get("mode")
    if mode not in {DEVELOPMENT, EXTENDED}:
        raise bad_request("mode must be development or extended")
    service.mode = str(mode)
    return {"mode": service.mode}


def _change_account(service: Service, body: Json) -> object:
    switches = body.get("set", {})
    action = body.get("action")
    if not isinstance(switches, dict) or not SWITCHES.issuperset(switches):
        raise bad_request(f"set knows {', '.join(sorted(SWITCHES))}")
    if action is not None and action not in ACTIONS:
        raise bad_request(f"action must be one of {', '.join(sorted(ACTIONS))}")
    for name, value in switches.items():
        setattr(service, name, value)
    return ACTIONS[str(action)](service, _account_meant(service, body)) if action else None
