#!/usr/bin/env bash
# Starts a workflow on GitHub from outside, for where its scheduler leaves runs out:
#
#   recipes/trigger.sh OWNER/NAME [WORKFLOW.yml | EVENT]
#
# WORKFLOW.yml (default: track_plays.yml) is started by workflow_dispatch; the token needs "Actions: read and write".
# EVENT (track-plays, master-sync) is sent as repository_dispatch; the token needs "Contents: read and write", which is more.
#
# The token is read from a file that only you can read: TOKEN_FILE, default ~/.config/spotify-library-mirror/token. It never
# stands on a command line. REF: the branch to run, default main. Exit codes: 0 started · 1 refused · 2 settings.
set -euo pipefail

fail() {
    echo "trigger: $2" >&2
    exit "$1"
}

repository=${1:-}
what=${2:-track_plays.yml}
ref=${REF:-main}
api=${GITHUB_API_URL:-https://api.github.com}
token_file=${TOKEN_FILE:-${XDG_CONFIG_HOME:-$HOME/.config}/spotify-library-mirror/token}

# All of these become part of a URL, of JSON or of curl's settings: nothing else than this is let in.
[[ $repository =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] || fail 2 "usage: recipes/trigger.sh OWNER/NAME [WORKFLOW.yml | EVENT]"
[[ $what =~ ^[A-Za-z0-9_-]+(\.ya?ml)?$ ]] || fail 2 "'$what' is neither a workflow's file nor the name of an event"
[[ $ref =~ ^[A-Za-z0-9._/-]+$ ]] || fail 2 "REF is '$ref', which is no branch"
[[ $api =~ ^(https://[A-Za-z0-9./:-]+|http://127\.0\.0\.1:[0-9]+)$ ]] || fail 2 "GITHUB_API_URL is no https URL"

[[ -f $token_file && -r $token_file ]] || fail 2 "there is no token at $token_file: see recipes/README.md"
[[ $(ls -lL "$token_file") == -???------* ]] || fail 2 "others may read $token_file: chmod 600 $token_file"
IFS= read -r token <"$token_file" || [[ -n $token ]] || fail 2 "$token_file is empty"
[[ $token =~ ^[A-Za-z0-9_]+$ ]] || fail 2 "the first line of $token_file is no token of GitHub's"

if [[ $what == *.yml || $what == *.yaml ]]; then
    url=$api/repos/$repository/actions/workflows/$what/dispatches
    body="{\"ref\":\"$ref\"}"
else
    url=$api/repos/$repository/dispatches
    body="{\"event_type\":\"$what\"}"
fi

# `printf` is the shell's own, and the pipe is curl's standard input: no other process sees the token.
status=$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
    curl --disable --config - --silent --show-error --output /dev/null --write-out '%{http_code}' \
        --max-time 30 --retry 3 --retry-max-time 90 --request POST \
        --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
        --data "$body" "$url") || fail 1 "GitHub cannot be reached"

case $status in
    2*) echo "trigger: $what of $repository was started" ;;
    401) fail 1 "GitHub does not know this token: it has expired, or was revoked (401)" ;;
    403 | 404) fail 1 "no such repository or workflow, or the token may not start it ($status)" ;;
    422) fail 1 "$what cannot be started on $ref: is it switched off, or is there no such branch? (422)" ;;
    *) fail 1 "GitHub answered $status" ;;
esac
