"""One open issue per subject in the repository: opened, kept up to date, and closed when it is over.

An issue is known by its label and by a hidden line in its text. Nothing is written where nothing has changed. In a public
repository everybody can read it, so it holds names of workflows and times only.
"""

import re
from collections.abc import Mapping

from reports.watch.findings import Finding
from utils.github.api import ISSUES_OFF, GitHub, GitHubError, Issue

LABEL = "mirror"
_COLOR = "d4a72c"
_ABOUT = "Opened and closed by watch.yml"
_MARKER = re.compile(r"<!-- mirror:(\w+) -->\s*<!-- about: (.*?) -->")


class Issues:
    """The open issues with our label, by subject."""

    def __init__(self, github: GitHub, is_on: bool) -> None:
        """`is_on`: whether the repository has issues at all."""
        self._github = github
        self._is_on = is_on
        self._open: dict[str, Issue] = {}
        for issue in github.open_issues(LABEL) if is_on else ():
            if marker := _MARKER.search(issue.body):
                self._open.setdefault(marker[1], issue)  # of several, the oldest

    def settle(self, findings: Mapping[str, Finding | None], end: str) -> list[str]:
        """Make the issues of these subjects say what is found; None: it is over, and `end` is the last comment.

        What was done, for people. Raises GitHubError.
        """
        wanted = [subject for subject, finding in findings.items() if finding is not None]
        if wanted and not self._is_on:
            raise GitHubError(
                "Issues are switched off in this repository, so none could be opened.", ISSUES_OFF
            )
        done = (self._settle(subject, finding, end) for subject, finding in findings.items())
        return [what for what in done if what]

    def _settle(self, subject: str, finding: Finding | None, end: str) -> str:
        issue = self._open.get(subject)
        if finding is None:
            return self._close(issue, end) if issue else ""
        body = f"{finding.text}\n\n<!-- mirror:{subject} -->\n<!-- about: {finding.about} -->\n"
        if issue is None:
            self._github.ensure_label(LABEL, _COLOR, _ABOUT)
            number = self._github.open_issue(finding.title, body, LABEL)
            return f"opened issue {number}: {finding.title}"
        return self._update(issue, finding, body)

    def _update(self, issue: Issue, finding: Finding, body: str) -> str:
        """The comment first: should the change fail, the next run comes by again."""
        if (issue.title, issue.body.split()) == (finding.title, body.split()):
            return ""
        marker = _MARKER.search(issue.body)
        if marker is None or marker[2] != finding.about:
            self._github.comment(issue.number, finding.text)
        self._github.change_issue(issue.number, title=finding.title, body=body)
        return f"updated issue {issue.number}: {finding.title}"

    def _close(self, issue: Issue, end: str) -> str:
        self._github.comment(issue.number, end)
        self._github.change_issue(issue.number, state="closed", state_reason="completed")
        return f"closed issue {issue.number}: {issue.title}"
