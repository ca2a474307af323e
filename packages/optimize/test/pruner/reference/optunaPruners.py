"""Prints what the pruners of Optuna 3.1 answer, as `optunaPruners.json` keeps it: `python3 optunaPruners.py > optunaPruners.json`."""

import json
import optuna
from optuna.pruners import MedianPruner, PatientPruner, PercentilePruner, SuccessiveHalvingPruner
from optuna.trial import TrialState, create_trial

optuna.logging.set_verbosity(optuna.logging.ERROR)


def value(trial, step):
    return 1000 * ((trial * trial * 389 + trial * 613) % 1009 + 3 * ((trial * 31 + step * 17) % 97)) + trial


def situation(pruner, number, direction):
    """Trials `0 … n - 1` are complete with 4 reports, trial n has `1 + number % 4`."""
    n = 1 + number // 4
    shift = 50 * number
    study = optuna.create_study(direction=direction)
    reports = lambda trial, last: {step: value(shift + trial, step) for step in range(last)}
    study.add_trials([create_trial(value=0.0, intermediate_values=reports(t, 4)) for t in range(n)])
    trial = create_trial(state=TrialState.RUNNING, intermediate_values=reports(n, 1 + number % 4))
    return bool(pruner.prune(study, trial))


def lengths(pruner, trials, steps, workers):
    """How many reports each trial makes; `workers` run side by side, one report each in turn."""
    study = optuna.create_study(pruner=pruner)
    ended, running = {}, []
    asked = 0
    while len(ended) < trials:
        while len(running) < workers and asked < trials:
            running.append([study.ask(), 0])
            asked += 1
        for entry in list(running):
            trial, step = entry
            entry[1] = step = step + 1
            trial.report(value(trial.number, step), step)
            if trial.should_prune():
                study.tell(trial, state=TrialState.PRUNED)
            elif step == steps:
                study.tell(trial, value(trial.number, step))
            else:
                continue
            ended[trial.number] = step
            running.remove(entry)
    return [ended[number] for number in range(trials)]


pruners = {
    "median": lambda: MedianPruner(n_startup_trials=2),
    "late": lambda: MedianPruner(n_startup_trials=0, n_warmup_steps=1, interval_steps=2, n_min_trials=3),
    "quarter": lambda: PercentilePruner(25.0, n_startup_trials=0),
    "patient": lambda: PatientPruner(None, patience=1),
    "tolerant": lambda: PatientPruner(MedianPruner(n_startup_trials=0), patience=0, min_delta=5000.0),
}
halving = {
    "three": lambda: SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
    "late": lambda: SuccessiveHalvingPruner(min_resource=2, reduction_factor=2, min_early_stopping_rate=1),
}
print(
    json.dumps(
        {
            "situations": {
                direction: {name: [int(situation(make(), i, direction)) for i in range(64)] for name, make in pruners.items()}
                for direction in ("minimize", "maximize")
            },
            "halving": {name: {str(w): lengths(make(), 60, 27, w) for w in (1, 7)} for name, make in halving.items()},
        }
    )
)
