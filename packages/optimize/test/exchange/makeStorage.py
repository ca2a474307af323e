# Makes the fixture of test/exchange: python3 makeStorage.py FILE (Optuna 3.1)
import sys
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

optuna.logging.set_verbosity(optuna.logging.ERROR)
storage = optuna.storages.RDBStorage(f"sqlite:///{sys.argv[1]}")


def conditional(trial):
    rate = trial.suggest_float("rate", 1e-4, 1.0, log=True)
    layers = trial.suggest_int("layers", 1, 3)
    optimizer = trial.suggest_categorical("optimizer", ["sgd", "adam"])
    fold = trial.suggest_float("dropout", 0.0, 0.5, step=0.1)
    units = trial.suggest_int("units", 8, 256, log=True)
    flag = trial.suggest_categorical("flag", [True, False])
    loss = rate + layers + fold + units / 256 + (0.5 if flag else 0)
    if optimizer == "sgd":
        loss += trial.suggest_float("momentum", 0.0, 0.99)
    if layers >= 2:
        loss += trial.suggest_int("second", 1, 9, step=2)
    for step in range(3):
        trial.report(loss / (step + 1), step)
        if trial.number % 5 == 3 and step == 1:
            raise optuna.TrialPruned()
    if trial.number % 7 == 6:
        raise RuntimeError("planned")
    trial.set_user_attr("note", {"text": "ünï", "n": [1, None, 2.5]})
    return loss


one = optuna.create_study(study_name="one", storage=storage, sampler=optuna.samplers.RandomSampler(seed=1))
one.set_user_attr("team", ["a", "b"])
one.optimize(conditional, n_trials=20, catch=(RuntimeError,))


def several(trial):
    x = trial.suggest_float("x", -5, 5)
    y = trial.suggest_float("y", -5, 5)
    trial.set_user_attr("constraint", x - y)
    return x**2 + y**2, (x - 1) ** 2 + y**2


sampler = optuna.samplers.NSGAIISampler(seed=1, constraints_func=lambda t: (t.user_attrs["constraint"],))
many = optuna.create_study(study_name="many", storage=storage, directions=["minimize", "maximize"], sampler=sampler)
many.optimize(several, n_trials=12)

odd = optuna.create_study(study_name="odd", storage=storage, direction="maximize")
x = {"x": FloatDistribution(0, 1)}
odd.add_trial(create_trial(params={"x": 0.5}, distributions=x, value=float("inf")))
odd.add_trial(create_trial(params={"x": 0.25}, distributions=x, value=2.0))
odd.add_trial(create_trial(state=TrialState.PRUNED, params={"x": 0.75}, distributions=x,
                           intermediate_values={1: float("nan"), 2: 0.5}))
odd.enqueue_trial({"x": 0.125})
odd.add_trial(create_trial(state=TrialState.RUNNING, params={"x": 1.0}, distributions=x))
odd.add_trial(create_trial(state=TrialState.FAIL, params={}, distributions={}))

# What Optuna itself reads back, to be compared with.
import json

shown = {
    study.study_name: [
        {
            "number": trial.number,
            "state": trial.state.name,
            "params": trial.params,
            "values": None if trial.values is None else [repr(value) if value in (float("inf"),) else value for value in trial.values],
            "attributes": trial.user_attrs,
            "reports": {step: value for step, value in trial.intermediate_values.items() if value == value},
            "constraints": trial.system_attrs.get("constraints"),
        }
        for trial in study.trials
    ]
    for study in (one, many, odd)
}
with open(sys.argv[1] + ".json", "w") as file:
    json.dump(shown, file, indent=1)
