# Every target sets up what it needs: a virtual environment from requirements.lock, the CDK CLI
# and the Python that compiles for Lambda from package-lock.json.
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

.PHONY: help demo test up down check mutants chaos findings format schemas site snippets bench pictures learned redrive package synth deploy destroy lock setup clean

help: ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: setup ## deploy locally, ask for a stream, print its READY message, stop everything (PROVIDER=nimble, …)
	@python -m local demo $(if $(PROVIDER),--provider $(PROVIDER))

up: setup ## start the local stack and leave it running (AUTH=true: with IAM evaluated, JUPYTERHUB=true: with a real hub)
	@python -m local up $(if $(filter true,$(AUTH)),--auth) $(if $(filter true,$(JUPYTERHUB)),--jupyterhub)

down: setup ## stop the local stack
	@python -m local down

test: setup ## run every test, the deployed ones included
	@# The tests start hundreds of Pythons: where no bytecode is kept, each compiles all that it imports.
	@# Deployed tests mostly wait, so three processes keep two cores busy.
	@PYTHONDONTWRITEBYTECODE= python -m pytest --numprocesses 3 --dist loadscope --no-loadscope-reorder

check: setup .greenroom/scanners/.complete ## format, lint, types, import rules, documents, site, state machine, locks, template, scanners
	@ruff format --check
	@ruff check
	@mypy
	@PYTHONPATH=lambdas lint-imports --no-cache --no-logo
	@python -m tools.documents --check
	@python -m tools.site > /dev/null
	@for file in statemachine/*.asl.json; do asl-validator --json-path $$file || exit 1; done
	@$(fresh-locks)
	@cd .greenroom/locks && for lock in $(LOCKS); do diff ../../$$lock $$lock \
		|| { echo "$$lock does not fit pyproject.toml: run make lock" >&2; exit 1; }; done
	@cdk synth --quiet --strict $(a-rule) --context providers=nimble,gameliftstreams
	@cdk synth --quiet --strict --output cdk.out/everything $(everything) $(a-rule)
	@python -m tools.findings --check

# A deployment of all that there is: every provider, one of your own, and a VPC.
everything = $$(python -m tools.findings --context)
# Without any, synth warns that every caller may ask for everybody's stream; with Nimble Studio alone, that it closed.
a-rule = --context 'identities=[{"callers":"event","provider":"nimble","field":"studioId","values":"*"}]'

chaos: setup ## the campaign: thousands of runs with faults on virtual time (RUNS=N, SEED=N, MUTANTS=true)
	@status=0; $(if $(RUNS)$(SEED)$(MUTANTS),,python -m tests.fuzz --cases 4000 || status=1;) \
	python -m chaos $(if $(RUNS),--runs $(RUNS)) $(if $(SEED),--seed $(SEED)) $(if $(filter true,$(MUTANTS)),--mutants) \
	|| status=1; exit $$status

mutants: setup ## change the code of the inner folders a bit, and see whether a unit test notices (FOLDERS="record flow", AGAIN=true)
	@python -m tools.mutants $(if $(filter true,$(AGAIN)),--again) $(FOLDERS)

findings: setup .greenroom/scanners/.complete ## count what bandit, cdk-nag, cfn-lint and checkov find, by the reasons that suppress it
	@python -m tools.findings

format: setup ## format the code, and fix what the linter can fix
	@ruff format
	@ruff check --fix

schemas: setup ## write what docs have from the code: OpenAPI, JSON Schemas, the reference, the tables, the commands
	@python -m tools.documents

site: setup ## make a site of the documentation, and print where it is
	@python -m tools.site

snippets: setup ## list the snippets of the documentation: run, checked, or not run and why
	@python -m tests.docs

bench: setup ## the performance figures, to the screen and to bench/results.json
	@python -m bench.everything

pictures: setup ## draw the dashboard, and take the pictures of the waiting room, in a real Chromium, from the deployed tests
	@python -m tools.dashboard_picture
	@GREENROOM_PICTURES=docs/pictures python -m pytest -q tests/e2e/test_waiting_room_screens.py

learned: setup ## show what was learned of each pool, and when it is looked at (ARGS=--json, --help)
	@greenroom learned $(ARGS)

redrive: setup ## deliver again what failed (ARGS=--dry-run, --stack NAME, --help)
	@greenroom redrive $(ARGS)

package: setup ## make the wheel for an app of your own, in dist: constructs, functions and command line
	@python -m tools.package

synth: setup ## write the CloudFormation template to cdk.out
	@cdk synth --quiet

deploy: setup ## deploy to your own account
	@cdk deploy --all

destroy: setup ## drain it (ARGS=--cancel: cancel what runs), then delete it (DRAIN=false: without, and what runs is lost)
	@$(if $(filter false,$(DRAIN)),,greenroom drain $(ARGS) &&) cdk destroy --all

lock: setup ## lock the versions that pyproject.toml asks for; those that still fit stay
	@$(fresh-locks)
	@for lock in $(LOCKS); do cmp -s .greenroom/locks/$$lock $$lock || cp .greenroom/locks/$$lock $$lock; done

# Made aside, from the locks that are there: what has not changed is not touched, or .venv would be made again.
# What is written names no index, so a mirror's address stays out of it.
LOCKS := requirements.lock lambdas/requirements.lock tools/scanners.lock
compile = uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header
fresh-locks = rm -rf .greenroom/locks && mkdir -p .greenroom/locks/lambdas .greenroom/locks/tools \
	&& cp pyproject.toml requirements.lock .greenroom/locks && cp lambdas/requirements.lock .greenroom/locks/lambdas \
	&& cp tools/scanners.lock .greenroom/locks/tools && cd .greenroom/locks \
	&& $(compile) pyproject.toml --extra cdk --group dev --output-file requirements.lock \
	&& $(compile) --group pyproject.toml:lambda --constraint requirements.lock --output-file lambdas/requirements.lock \
	&& $(compile) --group pyproject.toml:scanners --output-file tools/scanners.lock

setup: .venv/.complete node_modules/.complete

.venv/.complete: requirements.lock
	@echo "setting up .venv" >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Greenroom needs Python 3.11 or later (PYTHON=...)")'
	@$(PYTHON) -m venv --clear .venv
	@awk '/^uv==/ { found = 1 } found { print } found && !/\\$$/ { exit }' requirements.lock > .venv/uv.lock
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.lock >&2
	@.venv/bin/uv pip sync --quiet --require-hashes --python .venv/bin/python requirements.lock >&2
	@# aws-cdk-lib and aws-cdk-cloud-assembly-schema both have aws_cdk/cloud_assembly_schema, and uv installs them side
	@# by side. Annotations.find_warning needs the one of aws-cdk-lib: it is written last, as pip would.
	@.venv/bin/uv pip sync --quiet --require-hashes --reinstall-package aws-cdk-lib --python .venv/bin/python requirements.lock >&2
	@.venv/bin/uv pip install --quiet --no-deps --no-build-isolation --python .venv/bin/python --editable . >&2
	@touch $@

# Not in .venv: checkov and the functions want different releases of boto3.
.greenroom/scanners/.complete: tools/scanners.lock .venv/.complete
	@echo "setting up the scanners" >&2
	@$(PYTHON) -m venv --clear --without-pip .greenroom/scanners
	@uv pip sync --quiet --require-hashes --python .greenroom/scanners/bin/python tools/scanners.lock >&2
	@touch $@

node_modules/.complete: package-lock.json .venv/.complete
	@echo "setting up the CDK CLI" >&2
	@npm ci --silent --no-audit --no-fund >&2
	@touch $@

clean: ## remove what the targets made
	rm -rf .venv .greenroom node_modules cdk.out dist .mypy_cache .pytest_cache .ruff_cache
