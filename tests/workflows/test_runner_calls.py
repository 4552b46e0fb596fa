"""The tests' GitHub Actions runner: workflows that are called, and actions that are used."""

import pytest

from tests.workflows.runner.errors import UnsupportedError, WorkflowError

PIN = "0" * 40
CALLED = """
on:
  workflow_call:
    inputs:
      scripts: {type: string, required: true}
      force: {type: boolean}
      budget: {type: number, default: 5}
      word: {type: string, default: "of ${{ github.repository }}"}
    secrets:
      KEY: {required: false}
    outputs:
      report: {value: "${{ jobs.scripts.outputs.report }}"}
      result: {value: "${{ jobs.scripts.result }}"}
env: {LEVEL: called}
jobs:
  scripts:
    name: Scripts
    runs-on: x
    timeout-minutes: ${{ inputs.budget }}
    permissions: {contents: read}
    outputs: {report: "${{ steps.one.outputs.report }}"}
    steps:
      - id: one
        if: contains(fromJSON(inputs.scripts), 'one')
        run: echo "$LEVEL $CALLER $KEY $WORD" && echo report=done >> $GITHUB_OUTPUT
        env: {KEY: "${{ secrets.KEY }}", WORD: "${{ inputs.word }}"}
      - run: echo "$GITHUB_WORKFLOW ${{ github.event_name }} ${{ inputs.force }}"
"""
CALLER = """
name: Caller
on:
  schedule: [{cron: "7 7 * * *"}]
  workflow_dispatch: {inputs: {force: {type: boolean}}}
env: {CALLER: caller}
permissions: {}
jobs:
  call:
    name: Call
    if: github.event_name != 'schedule' || vars.SCHEDULES == 'on'
    uses: $/.github/workflows/called.yml
    permissions: {contents: read}
    secrets: inherit
    with:
      scripts: '["one"]'
      force: ${{ inputs.force || false }}
  after:
    needs: call
    runs-on: x
    steps:
      - run: echo "${{ needs.call.result }} ${{ needs.call.outputs.report }} ${{ needs.call.outputs.result }}"
"""
SECRETS = {"KEY": "the key", "OTHER": "another"}


def files(old: str = "", new: str = "", called: str = CALLED, caller: str = CALLER) -> dict[str, str]:
    """Caller and called, with one change in the caller."""
    assert old in caller
    return {"caller.yml": caller.replace(old, new), "called.yml": called}


def test_a_called_workflow_gets_inputs_and_secrets_and_gives_outputs(repository) -> None:
    run = repository(files()).run("caller.yml", secrets=SECRETS, inputs={"force": True})
    assert list(run.jobs) == ["Call / Scripts", "after"]
    scripts = run.job("call/scripts")
    assert scripts.inputs == {"scripts": '["one"]', "force": True, "budget": 5, "word": "of listener/mirror"}
    assert scripts.timeout_minutes == 5
    assert scripts.permissions == {"contents": "read"}
    assert scripts.secrets == {"KEY", "OTHER"}
    assert scripts.output == "called  the key of listener/mirror\nCaller workflow_dispatch true\n"
    assert scripts.steps[0].masked_output == "called  *** of listener/mirror\n"
    assert run.job("after").output == "success done success\n"
    assert run.conclusion == "success"


def test_a_call_that_is_not_wanted(repository) -> None:
    runner = repository(files())
    quiet = runner.run("caller.yml", "schedule")
    assert {name: job.conclusion for name, job in quiet.jobs.items()} == {
        "Call": "skipped",
        "after": "skipped",
    }
    assert quiet.conclusion == "skipped"
    loud = runner.run("caller.yml", "schedule", variables={"SCHEDULES": "on"})
    assert loud.conclusion == "success"
    assert loud.jobs["Call / Scripts"].steps[1].output == "Caller schedule false\n"


def test_a_failure_in_a_called_workflow_is_the_callers(repository) -> None:
    run = repository(files(called=CALLED.replace("- run: echo", "- run: exit 1; echo"))).run("caller.yml")
    assert {name: job.conclusion for name, job in run.jobs.items()} == {
        "Call / Scripts": "failure",
        "after": "skipped",
    }
    assert run.is_red


def test_without_secrets_the_called_workflow_sees_none(repository) -> None:
    run = repository(files("    secrets: inherit\n", "")).run("caller.yml", secrets=SECRETS)
    assert run.job("call/scripts").secrets == set()
    assert "the key" not in run.output
    named = files("secrets: inherit", 'secrets: {key: "${{ secrets.OTHER }}"}')
    run = repository(named).run("caller.yml", secrets=SECRETS)
    assert run.job("call/scripts").secrets == {"KEY"}
    assert "called  another of" in run.output


@pytest.mark.parametrize(
    ("line", "key", "seen"),
    [
        ("", "", set()),
        ("secrets: inherit", "of home", {"KEY", "MORE"}),
        ("secrets: {KEY: x}", "of home", {"KEY"}),
    ],
)
def test_an_environments_secrets_go_before_the_callers(
    repository, line: str, key: str, seen: set[str]
) -> None:
    called = CALLED.replace("    runs-on", "    environment: home\n    runs-on")
    environments = {"home": {"secrets": {"KEY": "of home", "MORE": "x"}}}
    run = repository(files("secrets: inherit", line, called)).run("caller.yml", environments=environments)
    assert run.job("call/scripts").secrets == seen
    assert run.job("call/scripts").environment == "home"
    assert run.output.startswith(f"called  {key} of")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("needs.call.outputs.report", "needs.call.outputs.none", r"call.outputs.none is not defined"),
        ("scripts: '[\"one\"]'", "word: x", "scripts is required"),
        ("force: ${{", "other: ${{", "not defined: .'other'"),
        ("inputs.force || false", "inputs.force", "unexpected value '', a boolean is wanted"),
        ("force: ${{ inputs.force || false }}", "budget: '7'", "unexpected value '7', a number is wanted"),
        ("permissions: {contents: read}", "permissions: {}", "requesting {'contents': 'read'}"),
        ("    permissions: {contents: read}\n", "", "requesting {'contents': 'read'}"),
        ("secrets: inherit", "secrets: {OTHER: x}", "secrets that are not defined"),
        ("$/.github/workflows/called.yml", "./.github/workflows/none.yml", "is no file"),
        ("$/.github/workflows/called.yml", "./called.yml", "is no workflow of this repository"),
        ("$/.github/workflows/called.yml", "./.github/workflows/caller.yml", "workflow_call is not defined"),
        ("    name: Call\n", "    name: Call\n    runs-on: x\n", "keys that this runner does not know"),
    ],
)
def test_calls_that_github_refuses(repository, old: str, new: str, message: str) -> None:
    with pytest.raises(WorkflowError, match=message):
        repository(files(old, new)).run("caller.yml", "schedule", variables={"SCHEDULES": "on"})


def test_a_fault_is_found_though_the_call_is_not_wanted(repository) -> None:
    with pytest.raises(WorkflowError, match="requesting"):
        repository(files("permissions: {contents: read}", "permissions: {}")).run("caller.yml", "schedule")


def test_an_empty_text_goes_before_the_default(repository) -> None:
    run = repository(files("with:\n", "with:\n      word: ${{ vars.WORD }}\n")).run("caller.yml")
    assert run.job("call/scripts").inputs["word"] == ""


def test_required_secrets(repository) -> None:
    called = CALLED.replace("required: false", "required: true")
    with pytest.raises(WorkflowError, match="secret KEY is required"):
        repository(files("    secrets: inherit\n", "", called)).run("caller.yml")


def test_calls_within_calls(repository) -> None:
    middle = """
on: {workflow_call: {outputs: {report: {value: "${{ jobs.inner.outputs.report }}"}, result: {value: x}}}}
jobs:
  inner:
    uses: ./.github/workflows/called.yml
    secrets: inherit
    with: {scripts: '["one"]'}
"""
    caller = CALLER[: CALLER.index("    with:")].replace("called.yml", "middle.yml")
    caller += CALLER[CALLER.index("  after:") :]
    run = repository({**files(caller=caller), "middle.yml": middle}).run("caller.yml", secrets=SECRETS)
    assert list(run.jobs) == ["Call / inner / Scripts", "after"]
    assert run.job("call/inner/scripts").permissions == {"contents": "read"}
    assert "called  the key of" in run.output
    assert run.job("after").output == "success done x\n"


def test_a_workflow_that_calls_itself_is_refused(repository) -> None:
    text = """
on: [workflow_dispatch, workflow_call]
jobs: {again: {uses: ./.github/workflows/x.yml}}
"""
    with pytest.raises(WorkflowError, match="call each other"):
        repository({"x.yml": text}).run("x.yml")


def test_a_group_that_the_caller_holds_is_a_deadlock(repository) -> None:
    group = "concurrency: {group: chain, cancel-in-progress: false}\n"
    caller = CALLER.replace("env:", f"{group}env:")
    run = repository(files(caller=caller, called=f"concurrency: other\n{CALLED}")).run("caller.yml")
    assert run.concurrency.group == "chain"
    assert [each.group for each in run.job("call/scripts").concurrency] == ["other"]
    with pytest.raises(WorkflowError, match="deadlock"):
        repository(files(caller=caller, called=group.lstrip() + CALLED)).run("caller.yml")


def test_a_cancelled_call(repository, tmp_path) -> None:
    called = CALLED.replace("- run: echo", '- run: touch "$BEGUN"; exec sleep 60; echo')
    begun = tmp_path / "begun"
    run = repository(files(called=called)).run(
        "caller.yml", machine={"BEGUN": str(begun)}, cancel_when=begun.exists
    )
    assert [job.conclusion for job in run.jobs.values()] == ["cancelled", "skipped"]
    assert run.conclusion == "cancelled"


# Composite actions

ACTION = """
name: Set up
description: x
inputs:
  extra: {description: x, default: "none on ${{ runner.os }}"}
  other: {description: x}
outputs:
  found: {description: x, value: "${{ steps.look.outputs.found }}"}
runs:
  using: composite
  steps:
    - id: look
      shell: bash
      run: |
        echo "$EXTRA|$OTHER|$ABOVE|$KEY|$(basename $GITHUB_ACTION_PATH)"
        echo "found=${{ inputs.extra }}" >> $GITHUB_OUTPUT
        echo "LEFT=behind" >> $GITHUB_ENV
        echo "in summary" >> $GITHUB_STEP_SUMMARY
      env: {EXTRA: "${{ inputs.extra }}", OTHER: "${{ inputs.other }}"}
    - {shell: sh, run: "exit ${{ inputs.other || '0' }}"}
    - {shell: sh, run: echo inner after}
"""
USER = """
on: workflow_dispatch
jobs:
  only:
    runs-on: x
    permissions: {contents: read}
    env: {KEY: "${{ secrets.KEY }}"}
    steps:
      - uses: actions/checkout@PIN
        with: {persist-credentials: false}
      - id: setup
        uses: $/.github/actions/setup
        with: {Extra: "${{ vars.EXTRA }}"}
        env: {ABOVE: step}
      - run: echo "${{ steps.setup.outputs.found }} $LEFT [$ABOVE] ${{ steps.look.outputs.found }}"
""".replace("PIN", PIN)


def action_files(old: str = "", new: str = "", action: str = ACTION) -> dict[str, str]:
    user = USER.replace(" ${{ steps.look.outputs.found }}", "")
    assert old in user
    return {"x.yml": user.replace(old, new), ".github/actions/setup/action.yml": action}


def test_a_composite_action(repository) -> None:
    runner = repository(action_files())
    run = runner.run("x.yml", variables={"EXTRA": "given"}, secrets=SECRETS)
    setup = run.step("setup")
    assert setup.output == "given||step|the key|setup\ninner after\n"
    assert setup.masked_output == "given||step|***|setup\ninner after\n"
    assert [step.outcome for step in setup.steps] == ["success"] * 3
    assert setup.exit_code is None
    assert run.summary == setup.summary == "in summary\n"
    assert run.steps[2].output == "given behind []\n"


def test_defaults_of_an_action_and_an_empty_text(repository) -> None:
    files = action_files('        with: {Extra: "${{ vars.EXTRA }}"}\n', "")
    assert repository(files).run("x.yml").step("setup").outputs == {"found": "none on Linux"}
    assert repository(action_files()).run("x.yml").step("setup").outputs == {"found": ""}


def test_a_failure_within_an_action(repository) -> None:
    run = repository(action_files("Extra:", "other: 4, extra:")).run("x.yml")
    setup = run.step("setup")
    assert [step.outcome for step in setup.steps] == ["success", "failure", "skipped"]
    assert [step.outcome for step in run.steps] == ["success", "failure", "skipped"]
    assert run.is_red


def test_an_actions_steps_ask_for_its_own_success(repository) -> None:
    files = action_files(
        "      - id: setup\n", "      - run: exit 1\n      - id: setup\n        if: always()\n"
    )
    run = repository(files).run("x.yml")
    assert [step.outcome for step in run.steps] == ["success", "failure", "success", "skipped"]
    assert [step.outcome for step in run.step("setup").steps] == ["success"] * 3


def test_a_step_cannot_see_into_an_action(repository) -> None:
    with pytest.raises(WorkflowError, match=r"steps.look is not defined"):
        repository({**action_files(), "x.yml": USER}).run("x.yml")


@pytest.mark.parametrize("expression", ["secrets.KEY", "vars.EXTRA", "needs.x.result", "inputs.none"])
def test_what_an_action_does_not_see(repository, expression: str) -> None:
    action = ACTION.replace("${{ inputs.other }}", f"${{{{ {expression} }}}}")
    with pytest.raises(WorkflowError):
        repository(action_files(action=action)).run("x.yml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{Extra:", "{more:", "has no inputs"),
        ("actions/setup", "actions/none", "is no file"),
    ],
)
def test_uses_of_actions_that_are_refused(repository, old: str, new: str, message: str) -> None:
    with pytest.raises(WorkflowError, match=message):
        repository(action_files(old, new)).run("x.yml")


def test_actions_have_no_anchors_and_need_a_shell(repository) -> None:
    for action in (ACTION.replace("runs:", "runs: &x"), ACTION.replace("      shell: bash\n", "")):
        with pytest.raises(WorkflowError, match=r"anchors|shell"):
            repository(action_files(action=action)).run("x.yml")


def test_a_path_of_the_workspace_needs_a_checkout(repository) -> None:
    local = action_files("$/.github", "./.github")
    assert repository(local).run("x.yml").conclusion == "success"
    checkout = USER[USER.index("      - uses: actions/checkout") : USER.index("      - id: setup")]
    without = {**local, "x.yml": local["x.yml"].replace(checkout, "")}
    run = repository(without).run("x.yml")
    assert run.step("setup").outcome == "failure"
    assert "forget to run actions/checkout" in run.output
    assert repository({**without, "x.yml": without["x.yml"].replace("./.github", "$/.github")}).run("x.yml")


def test_an_action_may_use_others(repository) -> None:
    outer = """
name: Outer
description: x
outputs: {found: {description: x, value: "${{ steps.in.outputs.found }}"}}
runs:
  using: composite
  steps:
    - {id: in, uses: $/.github/actions/setup, with: {extra: deep}}
"""
    files = action_files('actions/setup\n        with: {Extra: "${{ vars.EXTRA }}"}', "actions/outer")
    run = repository({**files, ".github/actions/outer/action.yml": outer}).run("x.yml")
    assert run.steps[2].output == "deep behind []\n"
    assert run.step("setup").steps[0].steps[0].output == "deep||step||setup\n"


# Actions of others


def uses(*steps: str, more: str = "permissions: {contents: read}") -> dict[str, str]:
    lines = "\n".join(f"      - {step}" for step in steps).replace("@PIN", f"@{PIN}")
    return {
        "x.yml": f"on: workflow_dispatch\njobs:\n  only:\n    runs-on: x\n    {more}\n    steps:\n{lines}\n"
    }


def test_checkout_needs_its_permission(repository) -> None:
    step = "uses: actions/checkout@PIN"
    assert repository(uses(step)).run("x.yml").conclusion == "success"
    run = repository(uses(step, more="permissions: {}")).run("x.yml")
    assert run.is_red
    assert "contents: read is not granted" in run.output


def test_a_cache_hits_where_its_path_is(repository) -> None:
    steps = [
        f"{{id: {name}, uses: actions/cache@PIN, with: {{path: {path}, key: \"k-${{{{ hashFiles('x/*') }}}}\"}}}}"
        for name, path in (("hit", "x"), ("miss", "y"), ("home", "~/.cache"))
    ]
    run = repository({**uses(*steps), "x/y.txt": "x"}).run("x.yml")
    assert [step.outputs["cache-hit"] for step in run.steps] == ["true", "", ""]
    assert len(run.step("hit").outputs["cache-primary-key"]) == 66


def test_artifacts(repository) -> None:
    run = repository(
        {
            **uses(
                "{id: one, uses: actions/upload-artifact@PIN, with: {name: site, path: site}}",
                '{id: two, uses: actions/upload-artifact@PIN, with: {name: lines, path: "site/*.md\\nother/x.txt"}}',
                "{uses: actions/upload-artifact@PIN, with: {name: none, path: none/*}}",
                "{uses: actions/upload-artifact@PIN, with: {name: none, path: none, if-no-files-found: error}}",
                "{uses: actions/upload-artifact@PIN, if: always(), with: {name: site, path: other}}",
                "{uses: actions/upload-artifact@PIN, if: always(), with: {name: site, path: other, overwrite: true}}",
                'run: "echo ${{ steps.one.outputs.artifact-url }}"\n        if: always()',
            ),
            "site/index.html": "x",
            "site/deep/page.html": "x",
            "site/a.md": "x",
            "site/.hidden": "x",
            "other/x.txt": "x",
        }
    ).run("x.yml")
    assert [step.outcome for step in run.steps] == ["success"] * 3 + ["failure"] * 2 + ["success"] * 2
    kept = {
        name: sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        for name, folder in run.artifacts.items()
    }
    assert kept == {"lines": ["other/x.txt", "site/a.md"], "site": ["x.txt"]}
    assert run.steps[6].output == "https://github.com/listener/mirror/actions/runs/1001/artifacts/1\n"


def test_pages(repository) -> None:
    steps = [
        "{uses: actions/configure-pages@PIN}",
        "{uses: actions/upload-pages-artifact@PIN, with: {path: site}}",
        "{id: deploy, uses: actions/deploy-pages@PIN}",
    ]
    site = {"site/index.html": "x", "site/.x": "x"}
    granted = "permissions: {pages: write, id-token: write}"
    place = '\n    environment: {name: github-pages, url: "${{ steps.deploy.outputs.page_url }}"}'
    run = repository({**uses(*steps, more=granted + place), **site}).run("x.yml")
    assert run.conclusion == "success"
    assert run.job("only").environment_url == "https://listener.github.io/mirror/"
    assert [path.name for path in run.artifacts["github-pages"].iterdir()] == ["index.html"]
    for more, left in (
        (granted, steps),
        ("permissions: {pages: write}" + place, steps),
        (granted + place, steps[2:]),
    ):
        again = repository({**uses(*left, more=more), **site}).run("x.yml")
        assert again.steps[-1].outcome == "failure", again.output


@pytest.mark.parametrize(
    "step",
    [
        "uses: actions/upload-artifact@PIN",
        "{uses: actions/upload-artifact@PIN, with: {path: x, colour: red}}",
        "uses: actions/unheard-of@PIN",
    ],
)
def test_actions_that_the_runner_does_not_know(repository, step: str) -> None:
    with pytest.raises(UnsupportedError):
        repository(uses(step)).run("x.yml")
