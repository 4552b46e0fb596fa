"""The tests' GitHub Actions runner: steps, jobs and events mean here what they mean on GitHub."""

import time
from pathlib import Path

import pytest

from tests.connections import PATIENCE_S
from tests.workflows.runner.errors import UnsupportedError, WorkflowError
from tests.workflows.runner.runner import TOKEN
from utils import ROOT

ONE_JOB = """
on: workflow_dispatch
jobs:
  only:
    runs-on: ubuntu-24.04
    steps:
"""


def steps(text: str) -> dict[str, str]:
    """A workflow with one job of these steps."""
    return {"x.yml": ONE_JOB + "\n".join(f"      {line}" for line in text.strip("\n").splitlines())}


def outcomes(run) -> list[str]:
    return [step.outcome for step in run.steps]


# Steps


def test_a_step_that_fails_is_followed_by_those_that_ask_for_it(repository) -> None:
    runner = repository(
        steps("""
- run: echo one
- {id: bad, run: exit 3}
- run: echo never
- {run: echo failed, if: failure()}
- {run: echo always, if: always()}
- {run: echo known, if: "${{ !cancelled() && steps.bad.outcome == 'failure' }}"}
- {run: echo not, if: "${{ !cancelled() && steps.bad.outcome != 'failure' }}"}
""")
    )
    run = runner.run("x.yml")
    assert outcomes(run) == ["success", "failure", "skipped", "success", "success", "success", "skipped"]
    assert [step.exit_code for step in run.steps[:3]] == [0, 3, None]
    assert run.conclusion == run.job("only").conclusion == "failure"
    assert run.is_red
    assert run.output == "one\nfailed\nalways\nknown\n"


def test_continue_on_error(repository) -> None:
    run = repository(
        steps("""
- {id: bad, run: exit 1, continue-on-error: "${{ fromJSON('true') }}"}
- run: echo "${{ steps.bad.outcome }} ${{ steps.bad.conclusion }} ${{ job.status }}"
""")
    ).run("x.yml")
    assert run.conclusion == "success"
    assert run.output == "failure success success\n"


def test_shells(repository) -> None:
    """Only one that is asked for sees a failure inside of a pipe."""
    run = repository(
        steps("""
- {name: default, run: "false | true"}
- {name: bash, shell: bash, run: "false | true", if: always()}
- {name: lines, run: "false\\necho not reached", if: always()}
- {name: python, shell: python, run: "print(1 + 1)", if: always()}
- {name: own, shell: "cat {0}", run: "as it stands", if: always()}
""")
    ).run("x.yml")
    assert outcomes(run) == ["success", "failure", "failure", "success", "success"]
    assert run.output == "2\nas it stands"


def test_what_a_step_leaves_to_the_next(repository, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/own-program").write_text("#!/bin/sh\necho from the path\n")
    (tmp_path / "bin/own-program").chmod(0o755)
    run = repository(
        steps(f"""
- id: first
  run: |
    echo "one=1=1" >> $GITHUB_OUTPUT
    printf 'many<<END\\na\\n\\nb=c\\nEND\\n' >> $GITHUB_OUTPUT
    echo "NAME=value" >> $GITHUB_ENV
    echo "{tmp_path}/bin" >> $GITHUB_PATH
    echo "::set-output name=old::way"
    echo "# Title" >> $GITHUB_STEP_SUMMARY
    echo "${{NAME-not yet}}"
- run: |
    own-program
    echo "$NAME ${{{{ env.NAME }}}} ${{{{ steps.first.outputs.one }}}} ${{{{ steps.first.outputs.old }}}}"
    echo "more" >> $GITHUB_STEP_SUMMARY
- run: echo "$NAME"
  env: {{NAME: of the step}}
""")
    ).run("x.yml")
    assert run.step("first").outputs == {"one": "1=1", "many": "a\n\nb=c", "old": "way"}
    assert run.output.splitlines() == [
        "::set-output name=old::way",
        "not yet",
        "from the path",
        "value value 1=1 way",
        "of the step",
    ]
    assert run.summary == "# Title\nmore\n"


@pytest.mark.parametrize(
    "line",
    [
        'echo "no pair" >> $GITHUB_OUTPUT',
        'echo "open<<END" >> $GITHUB_ENV',
        'echo "::set-env name=X::y"',
        'echo "##[add-path]/tmp"',
    ],
)
def test_what_cannot_be_left_fails_the_step(repository, line: str) -> None:
    run = repository(steps(f"- run: {line!r}")).run("x.yml")
    assert run.conclusion == "failure"
    assert run.steps[0].exit_code == 0
    assert "##[error]" in run.output


def test_commands_can_be_stopped(repository) -> None:
    run = repository(
        steps("""
- id: quoted
  run: |
    echo "::stop-commands::pause"
    echo "::set-output name=x::y"
    echo "::pause::"
    echo "::warning file=a.py,line=1::two%0Alines"
""")
    ).run("x.yml")
    assert run.step("quoted").outputs == {}
    assert run.step("quoted").annotations == [("warning", "two\nlines")]


def test_environments_lie_above_one_another(repository) -> None:
    text = """
on: workflow_dispatch
env: {A: workflow, B: workflow, C: workflow}
jobs:
  only:
    runs-on: ubuntu-24.04
    env: {B: job, C: job, SEEN: "${{ secrets.S }}"}
    steps:
      - run: echo "$A $B $C $D $MACHINE $SEEN ${{ env.B }} [${{ env.MACHINE }}] $GITHUB_REPOSITORY"
        env: {C: "step ${{ env.B }}", GITHUB_REPOSITORY: cannot be set}
"""
    machine = {"A": "machine", "D": "machine", "MACHINE": "machine"}
    run = repository({"x.yml": text}).run("x.yml", machine=machine, secrets={"s": "secret"})
    assert run.output == "workflow job step job machine machine secret job [] listener/mirror\n"
    assert run.masked_output == "workflow job step job machine machine *** job [] listener/mirror\n"


def test_the_environment_that_github_sets(repository, tmp_path: Path) -> None:
    run = repository(
        steps("""
- run: |
    echo "$GITHUB_ACTIONS $CI $GITHUB_EVENT_NAME $GITHUB_WORKFLOW $GITHUB_JOB $GITHUB_REF_NAME $GITHUB_RUN_ID"
    echo "$GITHUB_API_URL ${{ github.api_url }}"
    pwd; echo "$GITHUB_WORKSPACE"; test -d "$RUNNER_TEMP" && test "$RUNNER_TEMP" = "${{ runner.temp }}"
    cat "$GITHUB_EVENT_PATH"; echo; env | grep -c TOKEN
""")
    ).run("x.yml", github={"api_url": "http://127.0.0.1:1"})
    lines = run.output.splitlines()
    assert lines[0] == "true true workflow_dispatch .github/workflows/x.yml only main 1001"
    assert lines[1] == "http://127.0.0.1:1 http://127.0.0.1:1"
    assert lines[2] == lines[3] == str(tmp_path / "repository")
    assert '"private": true' in lines[4]
    assert lines[5] == "0"


def test_a_command_can_be_replaced(repository) -> None:
    runner = repository(steps("- run: pip install something; python --version"))
    runner.replace("pip", 'echo "asked to $1 $2"')
    runner.replace("python", 'exec "$REAL" -c "import sys; print(sys.argv[1])" "$@"')
    assert runner.run("x.yml").output == "asked to install something\n--version\n"


def test_working_directory(repository) -> None:
    files = steps("""
- {run: "basename $PWD", working-directory: docs}
- {run: pwd, working-directory: nowhere}
""")
    run = repository({**files, "docs/x.md": ""}).run("x.yml")
    assert run.output.splitlines() == ["docs", "##[error]no such directory: nowhere"]
    assert run.is_red


def test_an_expression_without_a_value_fails_its_step(repository) -> None:
    run = repository(
        steps("""
- run: echo "${{ fromJSON(vars.LIST)[0] }}"
- {run: echo always, if: always()}
""")
    ).run("x.yml")
    assert outcomes(run) == ["failure", "success"]


def test_a_step_that_takes_too_long_fails(repository) -> None:
    run = repository(
        steps("""
- {run: "exec sleep 60", timeout-minutes: 2}
- {run: echo after, if: always()}
"""),
        minute_s=0.02,
    ).run("x.yml")
    assert outcomes(run) == ["failure", "success"]
    assert run.steps[0].exit_code == -2
    assert run.conclusion == "failure"


def test_a_job_that_takes_too_long_is_cancelled(repository) -> None:
    text = ONE_JOB.replace("    steps:", "    timeout-minutes: ${{ fromJSON('3') }}\n    steps:")
    runner = repository(
        {"x.yml": text + "      - run: exec sleep 60\n      - run: echo never\n"}, minute_s=0.02
    )
    run = runner.run("x.yml")
    assert outcomes(run) == ["cancelled", "skipped"]
    assert run.conclusion == "cancelled"


def test_only_a_line_feed_begins_a_new_line_of_a_file(repository) -> None:
    """What Python holds for a line's end is none in GITHUB_OUTPUT; in a log a carriage return is one."""
    run = repository(
        steps(r"""
- id: odd
  run: |
    printf 'a=1\rb=2\n' >> $GITHUB_OUTPUT
    printf 'text\u2028::set-output name=c::3\n\x0c\x0b::warning::seen\rx::set-output name=d::4\r::notice::also\n'
""")
    ).run("x.yml")
    assert run.step("odd").outputs == {"a": "1\rb=2"}
    assert run.step("odd").annotations == [("warning", "seen"), ("notice", "also")]


# Secrets in logs


def test_secrets_are_masked_in_the_forms_that_github_knows(repository) -> None:
    runner = repository(
        steps("""
- run: |
    echo "plain $S"
    echo "url $URL base $(printf '%s' "$S" | base64) user $(printf '%s' "x:$S" | base64)"
    echo "line two-of-it"
    echo "reversed $(printf '%s' "$S" | rev)"
    echo "early made-here"
    echo "::add-mask::made-here"
    echo "late made-here ${{ github.token }}"
    echo "Secret $S" >> $GITHUB_STEP_SUMMARY
  env: {S: "${{ secrets.S }}", URL: "p%26ss%20w%C3%B6rd"}
""")
    )
    run = runner.run("x.yml", secrets={"S": "p&ss wörd", "MANY": "one-of-it\ntwo-of-it"})
    assert "plain p&ss wörd" in run.output
    assert TOKEN in run.output
    shown = run.masked_output.splitlines()
    assert shown[0] == "plain ***"
    assert shown[1].startswith("url *** base *** user ")
    assert "cCZzc" not in shown[1]
    assert shown[2] == "line ***"
    assert shown[3] == "reversed dröw ss&p"
    assert shown[4:] == ["early made-here", "late *** ***"]
    assert run.masked_summary == "Secret ***\n"


def test_an_output_that_may_hold_a_secret_does_not_leave_its_job(repository) -> None:
    text = """
on: workflow_dispatch
jobs:
  one:
    runs-on: ubuntu-24.04
    outputs: {told: "${{ steps.s.outputs.told }}", kept: "${{ steps.s.outputs.kept }}", none: "${{ steps.s.outputs.x }}"}
    steps:
      - {id: s, run: "echo told=5 >> $GITHUB_OUTPUT; echo kept=port 5432 >> $GITHUB_OUTPUT"}
  two:
    needs: one
    runs-on: ubuntu-24.04
    steps:
      - run: echo "${{ needs.one.result }} ${{ needs.one.outputs.told }} [${{ needs.one.outputs.kept }}]"
"""
    run = repository({"x.yml": text}).run("x.yml", secrets={"DB_PORT": "5432"})
    assert run.job("one").outputs == {"told": "5"}
    assert run.job("one").warnings == ["Skip output 'kept' since it may contain secret."]
    assert run.job("two").output == "success 5 []\n"


# Cancelling


def cancelled(runner, tmp_path: Path):
    """A run that is cancelled as soon as a step has made the file `begun`."""
    return runner.run(
        "x.yml", machine={"BEGUN": str(tmp_path / "begun")}, cancel_when=(tmp_path / "begun").exists
    )


def wait_until_ended(pid: int) -> None:
    """A process that was killed is there for a moment more; its pid for as long as nobody has asked how it ended."""
    status = Path(f"/proc/{pid}/stat")
    begun = time.monotonic()
    while status.exists() and status.read_text().rpartition(")")[2].split()[0] not in "ZX":
        assert time.monotonic() - begun < PATIENCE_S
        time.sleep(0.01)


def test_only_the_first_process_hears_of_a_cancelled_run(repository, tmp_path: Path) -> None:
    run = cancelled(
        repository(
            steps("""
- name: hears
  run: |
    trap 'echo first heard INT' INT
    trap 'echo first heard TERM; exit 0' TERM
    bash -c "trap 'echo child heard' INT TERM; touch $BEGUN; sleep 0.1; echo child ended"
    while true; do sleep 0.01; done
- {name: after, run: echo never}
- {name: always, run: "echo ${{ job.status }}", if: always()}
- {name: cancelled, run: echo cancelled, if: cancelled()}
- {name: failed, run: echo never, if: failure()}
- {name: not cancelled, run: echo never, if: "!cancelled()"}
"""),
            interrupt_s=0.3,
            terminate_s=PATIENCE_S,
        ),
        tmp_path,
    )
    assert run.steps[0].output.splitlines() == ["child ended", "first heard INT", "first heard TERM"]
    assert run.steps[0].exit_code == 0
    assert outcomes(run) == ["cancelled", "skipped", "success", "success", "skipped", "skipped"]
    assert run.conclusion == run.job("only").conclusion == run.step("always").output.strip() == "cancelled"
    assert not run.is_red


def test_what_does_not_listen_is_killed_with_its_children(repository, tmp_path: Path) -> None:
    deaf = (
        "trap '' INT TERM; sleep 61.7 & echo $! > $BEGUN.pid; touch $BEGUN; while true; do sleep 0.01; done"
    )
    run = cancelled(repository(steps(f'- run: "{deaf}"'), interrupt_s=0.05, terminate_s=0.05), tmp_path)
    assert outcomes(run) == ["cancelled"]
    assert run.steps[0].exit_code == -9
    wait_until_ended(int((tmp_path / "begun.pid").read_text()))


def test_a_step_or_a_job_that_always_runs_is_not_cancelled(repository, tmp_path: Path) -> None:
    step = repository(
        steps("""
- {run: "touch $BEGUN; sleep 0.2; echo finished", if: always()}
- run: echo never
- {run: "touch $BEGUN; exec sleep 60", if: "always() && job.status == 'success'"}
""")
    )
    run = cancelled(step, tmp_path)
    assert run.output == "finished\n"
    assert outcomes(run) == ["success", "skipped", "skipped"]
    assert run.conclusion == "cancelled"


def test_jobs_after_a_cancelled_one(repository, tmp_path: Path) -> None:
    jobs = "\n".join(
        f"  {name}: {{runs-on: x, {more} steps: [{{run: echo {name}}}]}}"
        for name, more in (
            ("needs", "needs: first,"),
            ("other", ""),
            ("always", "needs: first, if: always(),"),
            ("asks", "needs: first, if: cancelled(),"),
        )
    )
    text = f"""
on: workflow_dispatch
jobs:
  first: {{runs-on: x, steps: [{{run: "touch $BEGUN; exec sleep 60"}}]}}
{jobs}
"""
    run = cancelled(repository({"x.yml": text}), tmp_path)
    assert {name: job.conclusion for name, job in run.jobs.items()} == {
        "first": "cancelled",
        "needs": "skipped",
        "other": "cancelled",
        "always": "success",
        "asks": "success",
    }
    assert run.output == "always\nasks\n"


def test_a_job_that_always_runs_is_not_cancelled_either(repository, tmp_path: Path) -> None:
    files = steps("""
- run: touch $BEGUN; sleep 0.2; echo finished
- run: echo next
""")
    text = files["x.yml"].replace("only:", "only:\n    if: always()")
    run = cancelled(repository({"x.yml": text}), tmp_path)
    assert run.output == "finished\nnext\n"
    assert run.job("only").conclusion == "success"
    assert run.conclusion == "cancelled"


def test_what_a_job_leaves_running_is_ended_with_it(repository, tmp_path: Path) -> None:
    run = repository(
        steps("""
- run: sleep 61.8 & echo $! > $PID
- run: kill -0 $(cat $PID)
""")
    ).run("x.yml", machine={"PID": str(tmp_path / "pid")})
    assert run.conclusion == "success"
    wait_until_ended(int((tmp_path / "pid").read_text()))


# Jobs


def test_jobs_that_need_one_another(repository) -> None:
    text = """
on: workflow_dispatch
jobs:
  last: {needs: [bad, good], runs-on: x, if: always(), steps: [{run: "echo ${{ join(needs.*.result) }}"}]}
  after: {needs: last, runs-on: x, steps: [{run: echo never}]}
  asks: {needs: after, runs-on: x, if: failure(), steps: [{run: "echo ${{ needs.after.result }}"}]}
  bad: {runs-on: x, steps: [{run: exit 1}]}
  good: {runs-on: x, steps: [{run: exit 0}]}
  left: {needs: bad, runs-on: x, steps: [{run: echo never}]}
  off: {if: github.event_name == 'schedule', runs-on: x, steps: [{run: echo never}]}
  follows: {needs: off, runs-on: x, steps: [{run: echo never}]}
"""
    run = repository({"x.yml": text}).run("x.yml")
    assert {name: job.conclusion for name, job in run.jobs.items()} == {
        "bad": "failure",
        "good": "success",
        "last": "success",
        "after": "skipped",
        "asks": "success",
        "left": "skipped",
        "off": "skipped",
        "follows": "skipped",
    }
    assert list(run.jobs) == ["bad", "good", "last", "after", "asks", "left", "off", "follows"]
    assert run.output == "failure,success\nskipped\n"
    assert run.conclusion == "failure"


def test_a_run_of_which_nothing_was_wanted_is_skipped(repository) -> None:
    text = ONE_JOB.replace("    steps:", "    if: vars.ON == 'yes'\n    steps:") + "      - run: echo on\n"
    runner = repository({"x.yml": text})
    assert runner.run("x.yml").conclusion == "skipped"
    assert runner.run("x.yml", variables={"on": "YES"}).conclusion == "success"


def test_a_matrix(repository) -> None:
    text = """
on: workflow_dispatch
jobs:
  each:
    strategy:
      fail-fast: ${{ vars.FAST == 'yes' }}
      matrix:
        a: [1, 2]
        b: ${{ fromJSON('["x", "y"]') }}
        exclude: [{a: 1, b: y}]
        include: [{a: 2, more: "yes"}, {a: 3}]
    runs-on: x
    steps: [{run: "echo ${{ matrix.a }}${{ matrix.b }}${{ matrix.more }}; exit ${{ matrix.b == 'x' && '1' || '0' }}"}]
  named:
    name: Number ${{ matrix.n }}
    strategy: {matrix: {n: [0.5]}}
    runs-on: x
    steps: [{run: exit 0}]
"""
    runner = repository({"x.yml": text})
    run = runner.run("x.yml")
    assert list(run.jobs) == ["each (1, x)", "each (2, x, yes)", "each (2, y, yes)", "each (3)", "Number 0.5"]
    assert run.output == "1x\n2xyes\n2yyes\n3\n"
    fast = runner.run("x.yml", variables={"FAST": "yes"})
    assert [job.conclusion for job in fast.jobs.values()] == ["failure", *["cancelled"] * 3, "success"]


def test_what_is_recorded_of_a_job(repository) -> None:
    text = """
name: Recorded
run-name: By ${{ github.actor }}
on: workflow_dispatch
permissions: {}
concurrency: {group: "g-${{ github.ref_name }}", cancel-in-progress: "${{ github.event_name == 'push' }}"}
jobs:
  one:
    runs-on: ${{ vars.RUNNER || 'ubuntu-24.04' }}
    timeout-minutes: ${{ github.event_name == 'schedule' && 5 || 10 }}
    permissions: {contents: read, issues: none}
    environment: {name: "${{ vars.PLACE }}", url: "${{ steps.s.outputs.url }}"}
    concurrency: "job-${{ vars.PLACE }}"
    steps: [{id: s, run: "echo url=http://x >> $GITHUB_OUTPUT; echo ${{ secrets.KEY }} ${{ vars.PLACE }}"}]
  two:
    runs-on: ubuntu-slim
    environment: ${{ vars.NONE }}
    steps: [{run: exit 0}]
"""
    place = {"home": {"secrets": {"KEY": "of home"}, "variables": {"PLACE": "inside"}}}
    given = {"secrets": {"KEY": "of all"}, "variables": {"PLACE": "home"}, "environments": place}
    run = repository({"x.yml": text}).run("x.yml", **given)
    assert run.name == "By listener"
    assert (run.concurrency.group, run.concurrency.cancel_in_progress) == ("g-main", False)
    one, two = run.jobs.values()
    assert (one.runs_on, one.timeout_minutes, one.permissions) == ("ubuntu-24.04", 10, {"contents": "read"})
    assert (one.environment, one.environment_url) == ("home", "http://x")
    assert [group.group for group in one.concurrency] == ["job-home"]
    assert one.output == "of home inside\n"
    assert (two.environment, two.permissions, two.timeout_minutes) == ("", {}, 360)


# Events

INPUTS = """
on:
  workflow_dispatch:
    inputs:
      flag: {type: boolean, default: false}
      count: {type: number, default: 5}
      word: {default: "on"}
      which: {type: choice, options: [off, "no", yes], default: off}
      needed: {required: true, type: string}
jobs:
  only:
    runs-on: x
    steps:
      - run: echo "$ALL"; echo "${{ toJSON(github.event.inputs) }}" > /dev/null
        env:
          ALL: ${{ toJSON(inputs) }}
          TEXTS: ${{ join(github.event.inputs.*, '|') }}
      - run: echo "${{ join(github.event.inputs.*, '|') }}"
"""


def test_inputs_of_a_start_by_hand_have_their_types(repository) -> None:
    runner = repository({"x.yml": INPUTS})
    run = runner.run("x.yml", inputs={"needed": "x", "flag": True, "count": "7"})
    assert run.job("only").inputs == {"flag": True, "count": 7.0, "word": "on", "which": "off", "needed": "x"}
    assert run.steps[1].output == "true|7|on|off|x\n"
    assert '"flag": true,' in run.steps[0].output


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "required input 'needed'"),
        ({"needed": ""}, "required input 'needed'"),
        ({"needed": "x", "other": 1}, "unexpected inputs"),
        ({"needed": "x", "flag": "yes"}, "neither true nor false"),
        ({"needed": "x", "count": "many"}, "no number"),
        ({"needed": "x", "which": "maybe"}, "is none of"),
    ],
)
def test_inputs_that_github_refuses(repository, inputs, message: str) -> None:
    with pytest.raises(WorkflowError, match=message):
        repository({"x.yml": INPUTS}).run("x.yml", inputs=inputs)


EVENTS = """
on:
  schedule: [{cron: "7 7 * * *"}, {cron: "3,33 * * * *"}]
  repository_dispatch: {types: [track-plays]}
  workflow_dispatch: {inputs: {force: {type: boolean}}}
  workflow_call:
  push: {branches: [main, "release/*"]}
  pull_request: {paths: ["x/**"]}
jobs:
  only:
    runs-on: x
    steps:
      - run: >-
          echo "${{ github.event_name }} ${{ github.event.schedule }} ${{ github.event.action }}
          ${{ github.event.client_payload.who }} ${{ github.ref }} [${{ inputs.force }}] ${{ github.event.repository.private }}"
"""


def test_events(repository) -> None:
    runner = repository({"x.yml": EVENTS})

    def said(*event: str, **more: object) -> list[str]:
        return runner.run("x.yml", *event, **more).output.split()

    main = "refs/heads/main"
    assert said("schedule", cron="7 7 * * *") == ["schedule", "7", "7", "*", "*", "*", main, "[]", "true"]
    assert said("repository_dispatch", event_type="track-plays", client_payload={"who": "me"}) == [
        "repository_dispatch",
        "track-plays",
        "me",
        main,
        "[]",
        "true",
    ]
    assert said(private=False) == ["workflow_dispatch", main, "[false]", "false"]
    assert said("push", ref="refs/heads/release/1") == ["push", "refs/heads/release/1", "[]", "true"]
    assert said("pull_request") == ["pull_request", "opened", "refs/pull/1/merge", "[]", "true"]


@pytest.mark.parametrize(
    ("event", "more"),
    [
        ("schedule", {}),
        ("schedule", {"cron": "7 8 * * *"}),
        ("schedule", {"cron": "7 7 * * *", "inputs": {}}),
        ("repository_dispatch", {"event_type": "other"}),
        ("repository_dispatch", {}),
        ("workflow_call", {}),
        ("issues", {}),
        ("push", {"ref": "refs/heads/other"}),
    ],
)
def test_events_that_start_nothing(repository, event: str, more: dict) -> None:
    with pytest.raises(WorkflowError):
        repository({"x.yml": EVENTS}).run("x.yml", event, **more)


# What is refused before anything runs


@pytest.mark.parametrize(
    "text",
    [
        steps("- {run: echo never, if: \"secrets.X != ''\"}")["x.yml"],
        steps("- run: echo never\n- run: echo ${{ steps.later.outcome }}\n- {id: later, run: echo}")["x.yml"],
        steps("- {id: twice, run: echo}\n- {id: Twice, run: echo}")["x.yml"],
        steps("- run: echo ${{ github.repository_private }}")["x.yml"],
        steps("- run: echo ${{ inputs.none }}")["x.yml"],
        steps("- run: echo ${{ needs.none.result }}")["x.yml"],
        steps("- run: echo ${{ matrix.none }}")["x.yml"],
        ONE_JOB
        + "      - run: echo\n  next: {needs: only, runs-on: x, if: needs.only.outputs.x, steps: [{run: x}]}",
        steps("- run: echo ${{ unknown() }}")["x.yml"],
        steps('- {run: echo, if: "${{ false }} == true"}')["x.yml"],
        steps("- uses: actions/checkout@v7")["x.yml"],
        steps("- {run: echo, uses: x}")["x.yml"],
        steps("- run: echo\n  run: echo")["x.yml"],
        ONE_JOB.replace("only:", "only:\n    if: env.X") + "      - run: echo",
        ONE_JOB.replace("only:", "only:\n    needs: none") + "      - run: echo",
        ONE_JOB.replace("only:", "only:\n    needs: only") + "      - run: echo",
        ONE_JOB.replace("only:", "only:\n    permissions: {content: read}") + "      - run: echo",
        ONE_JOB.replace("only:", "only:\n    timeout-minutes: '5'") + "      - run: echo",
        ONE_JOB.replace("only:", "only:\n    <<: {}") + "      - run: echo",
        ONE_JOB.replace("jobs:", "concurrency: ${{ vars.EMPTY }}\njobs:") + "      - run: echo",
    ],
)
def test_what_github_refuses(repository, text: str) -> None:
    with pytest.raises(WorkflowError):
        repository({"x.yml": text}).run("x.yml")


@pytest.mark.parametrize(
    "text",
    [
        ONE_JOB.replace("only:", "only:\n    container: x") + "      - run: echo",
        ONE_JOB.replace("only:", "only:\n    services: {database: {image: x}}") + "      - run: echo",
        ONE_JOB.replace("jobs:", "defaults: {run: {shell: bash}}\njobs:") + "      - run: echo",
        steps("- {run: echo, background: true}")["x.yml"],
        steps(f"- uses: somebody/something@{'0' * 40}")["x.yml"],
        steps(f"- {{uses: actions/checkout@{'0' * 40}, with: {{depth: 1}}}}")["x.yml"],
    ],
)
def test_what_the_runner_does_not_know_is_refused(repository, text: str) -> None:
    with pytest.raises(UnsupportedError):
        repository({"x.yml": text}).run("x.yml")


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda path: path.name
)
def test_the_projects_own_workflows_are_accepted(runner, path: Path) -> None:
    runner.check(path.name)


def test_yaml_is_read_as_github_reads_it(repository) -> None:
    text = """
on: {workflow_dispatch: {inputs: {x: {default: off}}}}
jobs:
  only:
    runs-on: x
    env: &shared {A: on, B: yes, C: True, D: 010, E: 0x10, F: 1.50, G: ~, H: 12:30, I: 2026-01-02, J: null}
    steps:
      - run: echo "$A $B $C $D $E $F [$G] $H $I [$J] ${{ inputs.x }}"
      - {env: *shared, run: 'echo "$A"'}
"""
    run = repository({"x.yml": text}).run("x.yml")
    assert run.output == "on yes true 10 16 1.5 [] 12:30 2026-01-02 [] off\non\n"
