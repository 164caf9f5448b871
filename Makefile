# What people run. Each target works on a fresh clone with Python >= 3.11 and make, and leaves the checkout clean.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
UV := .venv/bin/uv
RUN := .venv/bin/python -m
# The data folder that `make dev` opens; `make dev FUYOU_DATA=data/demo` shows the demonstration.
FUYOU_DATA ?= $(CURDIR)/data
export DAGSTER_DISABLE_TELEMETRY = 1
export DAGSTER_DG_UPDATE_CHECK_ENABLED = 0
# Offices with a proxy of their own have its certificate in the system's store (older and newer name of one switch).
export UV_NATIVE_TLS = 1
export UV_SYSTEM_CERTS = 1

.PHONY: help setup demo dev test test-thorough test-all lint format generate samples bench wheelhouse clean

help: ## 列出全部命令
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | column -t -s '|'

# The stamp is inside .venv, so a lock that changed installs again and a clone without one installs first.
.venv/.installed: uv.lock pyproject.toml
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo '需要 Python 3.11 或更高版本：make setup PYTHON=python3.12'; exit 1; }
	@if [ -d wheelhouse ]; then \
		.venv/bin/python -m pip install --quiet --no-index --find-links wheelhouse -r wheelhouse/requirements.txt && \
		.venv/bin/python -m pip install --quiet --no-index --no-build-isolation --no-deps --editable .; \
	else \
		.venv/bin/python -m pip install --quiet 'uv>=0.9,<1' && \
		$(UV) sync --frozen --inexact --extra postgres --compile-bytecode --quiet; \
	fi
	@touch $@

setup: .venv/.installed ## 安装运行环境到 .venv/（只此一步需要网络，或有 wheelhouse/）

demo: .venv/.installed ## 演示：从报送文件到可以打开的发布版
	@.venv/bin/fuyou demo

dev: .venv/.installed ## 打开 Dagster 界面（http://127.0.0.1:3000）
	@FUYOU_DATA='$(FUYOU_DATA)' .venv/bin/fuyou dev

test: .venv/.installed ## 运行测试（两核约十分钟）
	@$(RUN) pytest -n 2 --dist worksteal

test-thorough: .venv/.installed ## 运行需要多次建仓或数据库服务器的测试
	@$(RUN) pytest -n 2 --dist loadfile -m 'thorough and not slow'

test-all: .venv/.installed ## 运行全部测试
	@$(RUN) pytest -n 2 --dist worksteal -m ''

lint: .venv/.installed ## 代码、类型、SQL 与生成文件检查
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy fuyou_pipeline
	@$(RUN) fuyou_pipeline.dictionary --check
	@$(RUN) fuyou_pipeline.warehouse.portable

format: .venv/.installed ## 整理代码格式
	@.venv/bin/ruff check --fix-only .
	@.venv/bin/ruff format .

generate: .venv/.installed ## 由数据字典和报表契约生成 dbt 属性文件
	@$(RUN) fuyou_pipeline.dictionary

# 1 a city, 16 a province, 400 the nation
SIZE ?= 16
bench: .venv/.installed ## 测速：与同等写法对比的倍数（make bench SIZE=1）
	@$(RUN) bench --size $(SIZE)

wheelhouse: .venv/.installed ## 下载全部安装包，供没有互联网的内网安装
	@$(UV) export --frozen --extra postgres --no-dev --no-emit-project --no-hashes --quiet -o wheelhouse.txt
	@mkdir -p wheelhouse && mv wheelhouse.txt wheelhouse/requirements.txt
	@echo 'hatchling' >> wheelhouse/requirements.txt && echo 'editables' >> wheelhouse/requirements.txt
	@.venv/bin/python -m pip download --quiet --dest wheelhouse --requirement wheelhouse/requirements.txt
	@echo '已写入 wheelhouse/；拷到内网后在同一目录运行 make setup 即可。'

clean: ## 删除演示数据与缓存（不动 data/ 中的真实数据）
	@rm -rf data/demo .pytest_cache .ruff_cache .mypy_cache
