"""What is said of a plan: before anything is changed, and when all is done."""

from utils.github.minutes import FREE_MINUTES, month
from utils.github.plan import DASHBOARD, PLAYS_CRON, Plan
from utils.github.repository import Repository
from utils.github.schedules import SWITCH, schedules
from utils.github.settings import BACKUP_KEY
from utils.public_sections import SETTING as PUBLIC_SECTIONS


def before(plan: Plan) -> str:
    """Who can see what of the repository, and what will be done to it."""
    return "\n".join([*_who_sees_what(plan), *_what_will_be_done(plan)])


def _who_sees_what(plan: Plan) -> list[str]:
    repository, dashboard = plan.repository, plan.dashboard
    logs = "They hold counts and ids; no name of a track, an artist or a playlist, and no secret."
    if repository.is_public:
        lines = [
            f"{repository.name} is PUBLIC: EVERYBODY can read the logs and summaries of its runs.",
            f"  {logs} A private copy: docs/setup.md.",
        ]
        if dashboard:
            lines.append(
                f"  {DASHBOARD} is {dashboard}: everybody will see of WHAT YOU LISTEN TO what the setting {PUBLIC_SECTIONS} names."
            )
        else:
            lines.append(f"  Nothing else is published ({DASHBOARD} is not set).")
    else:
        lines = [
            f"{repository.name} is private: the logs of its runs can be read by those who may see it.",
            f"  {logs}",
            f"  {_minutes(plan)}",
        ]
        if dashboard == "pages":
            lines.append(
                f"  {DASHBOARD} is pages: EVERYBODY can read the page, also of a private repository; it shows what the setting {PUBLIC_SECTIONS} names."
            )
        elif dashboard:
            lines.append("  The dashboard will be with the runs, for the same people.")
    if not repository.is_admin:
        lines.append(
            "  Your account does not administer it, so GitHub may refuse some of this; its owner can do it."
        )
    return lines


def _minutes(plan: Plan) -> str:
    """What the schedules cost in a private repository, all together."""
    minutes = sum(work.minutes for work in month(plan.variables_then))
    plays = minutes - sum(work.minutes for work in month({**plan.variables_then, PLAYS_CRON: "off"}))
    beyond = "; WHAT IS BEYOND THAT IS REFUSED, OR HAS TO BE PAID" if minutes > FREE_MINUTES else ""
    return (
        f"The schedules take at most {minutes:,} minutes a month, of which looking for plays (`{plan.plays_cron}`) takes "
        f"{plays:,}; the free plan has {FREE_MINUTES:,}{beyond}. --plays-cron chooses another line."
    )


def _what_will_be_done(plan: Plan) -> list[str]:
    where = f"the environment {plan.environment}" if plan.environment else "the repository"
    variables = []
    for name, value in plan.wanted.items():
        present = plan.variables.get(name)
        if value is None and present is not None:
            variables.append(f"without {name}")
        elif value is not None and value != present:
            variables.append(f"{name}={value}" + (f" (it is {present})" if present else ""))
    return [
        "What will be done:",
        f"  sends        the secrets {', '.join(plan.secrets)} to {where}, in place of those of these names",
        f"  sets         {', '.join(variables) or 'no variable'}",
        f"  switches on  GitHub Actions, issues, and {len(schedules())} scheduled workflows, where they are off; a workflow "
        "that you have switched off stays so",
        "  starts       00_master_sync.yml, the daily chain, unless one has gone well already",
        *(
            []
            if BACKUP_KEY in plan.secrets
            else [
                f"  backups      are kept only with a key: {BACKUP_KEY} in .env (./run backup --new-key makes one)"
            ]
        ),
        *(
            [f"  {SWITCH} is {plan.variables[SWITCH]} and stays so: {switch_on(plan.repository)}"]
            if plan.stays_off
            else []
        ),
    ]


def switch_on(repository: Repository) -> str:
    """How the schedules are switched on."""
    return f"gh variable set {SWITCH} --body on --repo {repository.name} switches the schedules on"


def at_the_end(plan: Plan, of_this_machine: str) -> str:
    """What happens from now on; `of_this_machine` says which database the commands here use."""
    if plan.stays_off:
        schedule = f"Its schedules are off as before: {switch_on(plan.repository)}."
    else:
        schedule = f"Its schedules run from now on; plays: {plan.plays_cron}."
    return f"{plan.repository.name} is set up. {schedule} What happens: {plan.repository.url}/actions\n{of_this_machine}"
