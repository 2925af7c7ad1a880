# Two commands matter to a newcomer: `make demo` and `make test`. Each sets up whatever it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
JOBS ?= 2

# Where the environment forbids Python to keep bytecode, every process of the tests compiled our rooms and the tests anew, for
# two to four seconds each. It is kept beside its source, out of version control.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test proof quick fix serve lint bench bench-sending wheel migration clean

demo: .venv/.ready-run
	$(BIN)/relevo demo

serve: .venv/.ready-run
	$(BIN)/relevo -w .demo serve

# Files in their own order, which ends with the many small ones: by number of tests, the wheel's four, a minute long, came last.
test: .venv/.ready-dev lint
	sh tests/ensure-chromium.sh
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

quick: .venv/.ready-dev
	$(BIN)/ruff check -q .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/pure tests/house -x

lint: .venv/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: .venv/.ready-dev
	$(BIN)/ruff check --fix -q .
	$(BIN)/ruff format -q .

bench: .venv/.ready-dev
	$(BIN)/python -m bench
	$(BIN)/python -m bench.search_speed
	$(BIN)/python -m bench.one_language
	$(BIN)/python -m bench.sending

bench-sending: .venv/.ready-dev
	$(BIN)/python -m bench.sending

# Proofs too long for `make test`.
proof: .venv/.ready-dev
	$(BIN)/python -m tests.proof.edges
	$(BIN)/python -m tests.proof.crash
	$(BIN)/python -m tests.proof.zombie
	$(BIN)/python -m pytest -n $(JOBS) --hypothesis-profile=wandering tests/pure tests/ledger
	RELEVO_STORIES=200 $(BIN)/python -m pytest -n 0 --timeout 3600 --hypothesis-profile=wandering \
		tests/campaigns/test_revising_any_order.py
	RELEVO_ANNOUNCED_TO=2000 $(BIN)/python -m pytest -n 0 --timeout 3600 tests/journeys/test_announcement.py
	$(BIN)/python -m bench.pacing --one-clock
	$(BIN)/python -m bench.pacing

wheel: .venv/.ready-dev
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

# Before the first release there is one migration: this writes it afresh from records/tables.
migration: .venv/.ready-dev
	$(BIN)/python -m records.migrations --rewrite-first

# Compiled at once: where the environment forbids Python to keep bytecode, each start of a worker compiled its libraries anew, for
# three to ten seconds, and so did every process of the tests.
.venv/.ready-run: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install -q -c constraints.txt uv
	$(BIN)/uv pip install -q -p $(BIN)/python -c constraints.txt --compile-bytecode -e .
	touch $@

.venv/.ready-dev: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install -q -c constraints.txt uv
	$(BIN)/uv pip install -q -p $(BIN)/python -c constraints.txt --compile-bytecode -e '.[dev]'
	touch $@ .venv/.ready-run

clean:
	rm -rf .venv .demo dist build
