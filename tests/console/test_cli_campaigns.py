"""Accounts and campaigns on the command line: who may do what, and what a campaign tells."""

from pathlib import Path

from tests.console.command_line import run
from tests.console.conftest import PEOPLE, PLAN


def test_an_account_is_made_once_and_signs_in_with_its_password(staff: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("quite another phrase\n", encoding="utf-8")
    again = run(staff, "account", "add", "ana@farolito.example", "--role", "support", "--password-file", secret)
    assert (again.code, again.err) == (1, "relevo: ana@farolito.example has an account already\n")
    wrong = run(staff, "login", "mar@farolito.example", "--password-file", secret)
    assert (wrong.code, wrong.out) == (1, "")
    assert "quite another phrase" not in wrong.err
    role = run(staff, "account", "add", "eva@farolito.example", "--role", "boss", "--password-file", secret)
    assert role.code == 2


def test_nobody_acts_without_having_signed_in(plan: Path, staff: Path) -> None:
    ended = run(staff, "campaign", "submit", plan, "--by", "eva@farolito.example")
    assert ended.code == 1
    assert "Run `relevo login eva@farolito.example` first." in ended.err


def test_a_campaign_needs_a_second_person_and_stops_when_told(plan: Path, staff: Path) -> None:
    ana, blas, name = "ana@farolito.example", "blas@farolito.example", plan.stem
    checked = run(staff, "campaign", "check", plan)
    assert run(staff, "campaign", "check", plan.stem) == checked
    assert (checked.code, checked.out.splitlines()[-1]) == (0, "nothing stands in its way")
    assert f"{name} is submitted" in run(staff, "campaign", "submit", plan, "--by", ana).out
    own = run(staff, "campaign", "approve", plan, "--by", ana)
    assert (own.code, own.out) == (1, "")
    assert run(staff, "campaign", "status", name, "--json").json["state"] == "submitted"
    assert run(staff, "campaign", "approve", plan, "--by", blas).out == f"{name} is approved\n"
    status = run(staff, "campaign", "status", name, "--json").json
    assert (status["author"], status["approver"], status["state"]) == (ana, blas, "approved")
    paused = run(staff, "campaign", "pause", name, "--by", blas, "--reason", "a typo")
    assert paused.out == f"{name} is paused\n"
    assert run(staff, "campaign", "resume", plan, "--by", ana, "--reason", "mended").out == f"{name} is approved\n"
    assert f"{name}: approved (by {ana}, approved by {blas})" in run(staff, "campaign", "status", name).out


def test_a_day_moves_with_a_second_persons_yes(plan: Path, staff: Path) -> None:
    ana, blas, name = "ana@farolito.example", "blas@farolito.example", plan.stem
    move = ("campaign", "reschedule", plan, "--effective-date", "2027-04-15", "--by", ana)
    early = run(staff, *move)
    assert (early.code, "submit its plan first" in early.err) == (1, True)
    assert run(staff, "campaign", "submit", plan, "--by", ana).code == 0
    assert run(staff, "campaign", "approve", plan, "--by", blas).code == 0
    by_approver = run(staff, *move[:-1], blas)
    assert (by_approver.code, "may not write campaigns" in by_approver.err) == (1, True)
    moved = run(staff, *move, "--reason", "the platform is late", "--json").json
    assert moved == {"campaign": name, "state": "submitted", "changed": True, "people": 0}
    comments = PLAN.replace("campaign: mudanza-2027", f"campaign: {name}").replace("2027-03-01\n", "2027-04-15\n", 1)
    assert plan.read_text(encoding="utf-8") == comments
    assert run(staff, "campaign", "approve", plan, "--by", ana).code == 1
    assert run(staff, "campaign", "approve", plan, "--by", blas).code == 0
    assert "nothing changes" in run(staff, *move).out
    revisions = run(staff, "campaign", "status", name, "--json").json["revisions"]
    assert [(one["revision"], one["effective_date"], one["why"]) for one in revisions] == [
        (1, "2027-03-01", ""),
        (2, "2027-04-15", "the platform is late"),
    ]
    shown = run(staff, "campaign", "status", name).out
    assert f"revision 2 {revisions[1]['content_hash']}: 2027-04-15" in shown
    wrong = run(staff, "campaign", "correct", plan, "--of", "nonsense", "--by", ana)
    assert (wrong.code, "No approved content" in wrong.err) == (1, True)
    same = run(staff, "campaign", "correct", plan, "--of", revisions[1]["content_hash"], "--by", ana)
    assert (same.code, "Mend them first" in same.err) == (1, True)
    assert run(staff, "campaign", "reschedule", plan, "--effective-date", "soon", "--by", ana).code == 2


def test_a_role_that_may_not_is_refused(plan: Path, staff: Path) -> None:
    ended = run(staff, "campaign", "submit", plan, "--by", "blas@farolito.example")
    assert (ended.code, "may not write campaigns" in ended.err) == (1, True)


def test_a_plan_with_a_mistake_names_file_line_and_key(plan: Path, staff: Path) -> None:
    text = plan.read_text(encoding="utf-8").replace("class: service", "class: servize")
    plan.write_text(text, encoding="utf-8")
    number = text.splitlines().index("class: servize") + 1
    ended = run(staff, "campaign", "check", plan)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"relevo: {plan}:{number}: `class`: ")


def test_preview_shows_what_one_person_would_get(plan: Path, staff: Path) -> None:
    shown = run(staff, "campaign", "preview", plan, "--for", "F-0001")
    assert shown.out.startswith("== anuncio: email, due ")
    assert "Candela" in shown.out
    assert "16 de marzo de 2027" in shown.out
    stages = run(staff, "campaign", "preview", plan, "--for", "F-0001", "--json").json
    assert [one["stage"] for one in stages] == ["anuncio", "recordatorio", "hecho"]
    assert run(staff, "campaign", "preview", plan, "--for", "X-404").code == 1


def test_a_rehearsal_reaches_the_outbox_and_leaves_the_plan_unsubmitted(plan: Path, staff: Path) -> None:
    done = run(staff, "campaign", "rehearse", plan, "--by", "mar@farolito.example", "--json").json
    assert done["finished"] is True
    assert done["drained"]["sent"] > PEOPLE
    assert run(staff, "campaign", "status", plan.stem, "--rehearsal", "--json").json["state"] == "done"
    assert run(staff, "campaign", "status", plan.stem).code == 1
    _report_of_a_rehearsal(plan, staff)


REPORT_KEYS = {
    "campaign", "state", "message_class", "effective_date", "author", "approver", "revision", "content_hash", "at", "people",
    "left_out", "reached", "cost", "stages", "ways", "not_arrived", "advice", "got_nothing", "excluded", "waves", "unopened",
}  # fmt: skip


def _report_of_a_rehearsal(plan: Path, staff: Path) -> None:
    command = ("campaign", "report", plan, "--rehearsal")
    told = run(staff, *command, "--json").json
    assert set(told) == REPORT_KEYS
    assert (told["people"], told["reached"] > 0) == (sum(wave["people"] for wave in told["waves"]), True)
    file = staff / "report.html"
    assert run(staff, *command, "--out", file, "--language", "en").out == f"the report is in {file}\n"
    page = file.read_text(encoding="utf-8")
    assert f"People in its waves: {told['people']}; reached: {told['reached']}." in page
    assert "<script" not in page
    assert "href=" not in page  # it needs nothing beside it
    shown = run(staff, *command).out
    assert f"{told['people']} people, {told['left_out']} left out, {told['reached']} reached" in shown
    assert run(staff, "campaign", "report", plan).code == 1
    assert run(staff, *command, "--language", "fr").code == 2
