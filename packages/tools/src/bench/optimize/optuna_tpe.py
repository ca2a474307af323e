"""Optuna's TPE, asked over standard input: one line of JSON for each message.

A study begins with {"variables": [...], "seed": n, "trials": n}. For each trial a line {"params": {...}} is written and {"value": x}
read; after the last, {"millis": [...]} is written, the time of each suggestion.
"""

import json
import re
import sys
import time

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)

CLAUSE = re.compile(r"^\s*(\S+)\s*(!=|<=|>=|=|<|>|in)\s*(.+?)\s*$")


def literal(text):
    text = text.strip().strip('"')
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def holds(clause, params):
    name, operator, text = CLAUSE.match(clause).groups()
    if name not in params:
        return False
    value = params[name]
    if operator == "in":
        return value in [literal(it) for it in text.strip("()").split(",")]
    bound = literal(text)
    return {
        "=": lambda: value == bound,
        "!=": lambda: value != bound,
        "<": lambda: value < bound,
        "<=": lambda: value <= bound,
        ">": lambda: value > bound,
        ">=": lambda: value >= bound,
    }[operator]()


def suggest(trial, variable):
    name, kind = variable["name"], variable["type"]
    if kind == "boolean":
        return trial.suggest_categorical(name, [False, True])
    if kind in ("categorical", "ordinal"):
        return trial.suggest_categorical(name, variable["choices"])
    log = variable.get("log", False) or kind == "log-float"
    if kind == "int":
        return trial.suggest_int(name, variable["low"], variable["high"], step=variable.get("step", 1), log=log)
    return trial.suggest_float(name, variable["low"], variable["high"], step=variable.get("step"), log=log)


def run(job):
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=job["seed"]))
    millis = []
    for _ in range(job["trials"]):
        before = time.perf_counter()
        trial = study.ask()
        params = {}
        for variable in job["variables"]:
            when = variable.get("when")
            if when is None or all(holds(clause, params) for clause in re.split(r"\s+and\s+", when)):
                params[variable["name"]] = suggest(trial, variable)
        millis.append(1000 * (time.perf_counter() - before))
        print(json.dumps({"params": params}), flush=True)
        study.tell(trial, json.loads(sys.stdin.readline())["value"])
    print(json.dumps({"millis": millis}), flush=True)


print(json.dumps({"version": optuna.__version__}), flush=True)
for line in sys.stdin:
    run(json.loads(line))
