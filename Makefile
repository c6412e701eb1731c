# make run | setup | check | test | lint | docs | audit | bench | evaluate | soak | soak-table | lock | versions | digests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := run
MINUTES ?= 3
SESSIONS ?= 2
# Exactly the versions that CI tested; requirements.txt says which others are meant to work. uv takes seconds where pip
# takes two minutes, but it knows no registry that only pip is configured for: then pip does it.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock
install = $(BIN)/uv pip install --quiet --python $(BIN)/python --constraint requirements.lock $(1) || $(PIP) $(1)
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
.PHONY: run setup model collected check test test-library test-whole test-browser lint docs audit bench evaluate soak soak-table lock versions digests system browser

run: $(VENV)/installed system
	$(BIN)/python -m posecount model
	$(BIN)/python -m posecount app

# All that tests and lint need. With --jobs=2, packages of Debian and of Python are fetched side by side.
setup: $(VENV)/installed-dev system browser

# What CI runs, side by side and the output of each in one piece. Browser tests mostly wait, but a video needs a core in
# time: all else is nice, and takes what is left.
check: setup
	@$(MAKE) --no-print-directory --jobs=5 $(SYNC) test-browser test-library test-whole lint docs

test: setup
	@$(MAKE) --no-print-directory --jobs=3 $(SYNC) test-browser test-library test-whole

# The tests of each module, with coverage, also of the processes that they start.
test-library: model collected
	rm -rf .coverage
	nice $(BIN)/coverage run -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder \
	  --ignore tests/e2e --ignore-glob 'tests/test_*.py' -m 'not whole'
	-$(BIN)/coverage combine --quiet 2>/dev/null  # a process that a test kills may leave a file that cannot be read
	$(BIN)/coverage report

# What tests the product as a whole, on thousands of frames, or on test material that is not part of the project:
# coverage would take half as long again, and each module's own tests run the same lines.
test-whole: model collected
	nice $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --ignore tests/e2e -m whole

test-browser: model collected
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder tests/e2e

model: setup
	$(BIN)/python -m posecount model --browser

# Test files are compiled once, before six processes that begin together would each compile all of them.
collected: setup
	@$(BIN)/python -m pytest --collect-only --quiet tests > $(VENV)/collected.txt || { cat $(VENV)/collected.txt; exit 1; }

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	nice $(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	nice $(BIN)/bandit --quiet --configfile pyproject.toml --recursive posecount pages streamlit_app.py
	$(BIN)/uv pip check --quiet --python $(BIN)/python
	@$(MAKE) --no-print-directory audit

# The documentation, into site/; a link that leads nowhere is an error. It needs no network.
docs: $(VENV)/installed-dev
	NO_MKDOCS_2_WARNING=1 nice $(BIN)/mkdocs build --quiet --strict

# Known vulnerabilities in what is installed. A release with known ones comes first: where it is not recognised, the
# service cannot be reached, and silence would say nothing.
audit: $(VENV)/installed-dev
	@echo jinja2==2.4.1 > $(VENV)/known-bad.txt; \
	if $(BIN)/pip-audit --no-deps --disable-pip -r $(VENV)/known-bad.txt 2>/dev/null | grep -Eq 'PYSEC|GHSA|CVE'; \
	then $(BIN)/pip-audit --local --strict --progress-spinner off; \
	else echo "pip-audit: NOT AUDITED, as its vulnerability service cannot be reached from here"; fi

# Resolve everything to the newest versions and pin them. CI then tests those, and the image holds them.
lock: $(VENV)/installed-dev
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --strip-extras \
	  --no-emit-package pip --custom-compile-command "make lock" --output-file requirements.lock requirements-dev.txt

# The fast tests with the oldest versions that requirements.txt allows, and with the newest on each Python that is found.
versions: $(VENV)/installed-dev
	$(BIN)/python -m tests.versions

# Pin the public images of deploy/ by what their registry has under that version now. It needs Docker and the network;
# if one image cannot be asked for, nothing changes.
digests:
	@files=$$(grep -rlE 'docker\.io/' deploy); edits=; \
	for image in $$(grep -ohE 'docker\.io/[^@[:space:]]+' $$files | sort -u); do \
	  digest=$$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' $$image) || digest=; \
	  echo "$$digest" | grep -Eqx 'sha256:[0-9a-f]{64}' || { echo "NOT PINNED: no digest of $$image"; exit 1; }; \
	  echo "$$image@$$digest"; edits="$$edits;s#$$image(@sha256:[0-9a-f]+)?([[:space:]]|$$)#$$image@$$digest\2#"; \
	done; \
	for file in $$files; do sed -E "$$edits" $$file > $$file.new && mv $$file.new $$file; done

bench: $(VENV)/installed-dev
	$(BIN)/python -m posecount bench
	$(BIN)/python -m benchmarks

# How right each profile is on test material that is not part of the project; the table goes into docs/counting.md.
evaluate: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks.accuracy

# SESSIONS people stream the sample clip for MINUTES, one of them from a real browser where WITNESS is set. With
# TRACKING=device their devices track, and send its landmarks: make soak TRACKING=device SESSIONS="1 10 50 100". With
# REPLICAS=2 two servers share them, behind nginx; with WEBRTC=4, 1 to 4 people whom the server tracks follow.
soak: $(VENV)/installed-dev
ifeq ($(TRACKING),device)
	$(BIN)/python -m tests.soak.device --minutes $(MINUTES) --sessions $(SESSIONS) --replicas $(or $(REPLICAS),1) \
	  --webrtc $(or $(WEBRTC),0) $(if $(WITNESS),--witness)
else
	$(BIN)/python -m tests.soak --minutes $(MINUTES) --sessions $(SESSIONS) $(if $(WITNESS),--witness)
endif

# The same for 1, 2, … SESSIONS people, one after the other.
soak-table: $(VENV)/installed-dev
	$(BIN)/python -m tests.soak --table --minutes $(MINUTES) --sessions $(SESSIONS)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "posecount needs Python 3.11 to 3.13: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(BIN)/uv: | $(BIN)/python
	$(PIP) uv

$(VENV)/installed: requirements.txt requirements.lock | $(BIN)/uv
	$(call install,-r requirements.txt)
	@touch $@

$(VENV)/installed-dev: requirements.txt requirements-cluster.txt requirements-postgres.txt \
  requirements-dev.txt requirements.lock | $(BIN)/uv
	$(call install,-r requirements-dev.txt)
	@touch $(VENV)/installed $@

# System libraries that a bare Debian server lacks; installed where we may, named where we may not.
system:
	@command -v dpkg >/dev/null || exit 0; \
	missing=$$(for p in $$(cat packages.txt); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing; \
	else echo "If cv2 or mediapipe cannot be imported: sudo apt-get install" $$missing; fi

# The end-to-end tests drive Debian's Chromium, through its coturn and its nginx (with a certificate made by openssl).
# The history is tested with its PostgreSQL, which Debian keeps out of the path.
browser: | system
	@missing=; PATH="$$PATH:/usr/sbin:$$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')"; \
	for each in chromium-headless-shell:chromium-headless-shell turnserver:coturn nginx:nginx-light openssl:openssl \
	    initdb:postgresql; do \
	  command -v $${each%:*} >/dev/null || missing="$$missing $${each#*:}"; done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing; \
	else echo "Some browser tests will skip. On Debian: sudo apt-get install$$missing"; fi
