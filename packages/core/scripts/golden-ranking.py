"""Golden values for packages/core/src/learning/objectives/ranking: loss and gradient at the logits, of sentence-transformers'
own loss classes on a model whose logits are given, in float64; and of the formula written out where sentence-transformers
has no such case or clamps (each formula is first compared with sentence-transformers where both are right).

    pip install sentence-transformers==6.0.1
    python packages/core/scripts/golden-ranking.py
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from sentence_transformers.cross_encoder import CrossEncoder, losses
from sentence_transformers.cross_encoder.losses import (
    LambdaRankScheme,
    NDCGLoss1Scheme,
    NDCGLoss2PPScheme,
    NDCGLoss2Scheme,
    NoWeightingScheme,
    PListMLELambdaWeight,
)
from sentence_transformers.sentence_transformer.losses import DistillKLDivLoss
from torch import nn

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)
torch.Tensor.float = torch.Tensor.double  # the losses cast to float32


class Given(CrossEncoder):
    """A cross-encoder that looks the logits of a pair up."""

    def __init__(self, table, outputs=1):
        nn.Module.__init__(self)
        self.table, self.outputs = table, outputs

    num_labels = property(lambda self: self.outputs)
    device = property(lambda self: torch.device("cpu"))

    def preprocess(self, pairs, **_):
        return {"scores": torch.stack([self.table[q, d] for q, d in pairs])}

    def forward(self, features):
        return features


# --- lists: labels of each, and logits
def drawn(*lengths):
    return torch.randn(sum(lengths)).mul(2).round(decimals=3).tolist()


BATCHES = {
    "ragged, graded": ([[4, 0, 2, 1, 0], [1, 0], [0, 3, 3], [0, 1, 0, 2]], drawn(5, 2, 3, 4)),
    "ragged, binary": ([[1, 0, 0, 0], [0, 1], [0, 0, 1, 1, 0, 0]], drawn(4, 2, 6)),
    "one list": ([[2, 0, 1, 4, 3]], drawn(5)),
    "equal logits": ([[1, 0, 0, 1], [0, 2, 1]], [0.5, 0.5, -1, 0.5, 0, 0, 0]),
    "without a positive, and one document": ([[0, 0, 0], [1, 0, 0], [1], [0, 1]], drawn(3, 3, 1, 2)),
    "sorted by label": ([[3, 2, 0, 0], [1, 0], [2, 1, 1]], drawn(4, 2, 3)),
    "large logits": ([[1, 0, 2], [0, 1, 0, 0]], [80, -80, -79, 80, -80, 0, 79.5]),
    "soft": ([[0.9, 0.25, 0.5], [0.125, 0.75]], drawn(3, 2)),
    "teacher": ([[9.1, 2, -3.5, 2], [4, 4.5], [7, -1, 0]], drawn(4, 2, 3)),
}
cases = []


def split(values, labels):
    out, at = [], 0
    for row in labels:
        out.append(values[at : at + len(row)])
        at += len(row)
    return out


def case(loss, batch, fn, options=None, name="", source="sentence-transformers", outputs=1, labels=None, logits=None):
    """fn(logits of each list, labels of each list) -> loss"""
    rows, values = BATCHES[batch] if labels is None else (labels, logits)
    leaf = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    value = fn(split(leaf, rows), [torch.tensor(row, dtype=torch.float64) for row in rows])
    value.backward()
    assert torch.isfinite(value) and torch.isfinite(leaf.grad).all(), (loss, batch, name)
    assert leaf.grad.abs().sum() > 0, (loss, batch, name)
    cases.append(
        {"loss": loss, "name": f"{batch}{name and ', '}{name}", "source": source, "options": options or {}, "outputs": outputs,
         "labels": rows, "logits": values, "value": float(f"{value.item():.12g}"),
         "gradient": [float(f"{x:.10g}") for x in leaf.grad.flatten().tolist()]}
    )
    return value


# --- how sentence-transformers' classes are called
def listwise(make, keep=lambda labels: len(labels) > 1):
    """Queries with lists of documents; lists that teach nothing are left out."""

    def run(logits, labels):
        kept = [i for i in range(len(labels)) if keep(labels[i].tolist())]
        table = {(f"q{i}", f"d{i}.{j}"): s.view(1) for i in kept for j, s in enumerate(logits[i])}
        documents = [[f"d{i}.{j}" for j in range(len(labels[i]))] for i in kept]
        return make(Given(table))([[f"q{i}" for i in kept], documents], [labels[i] for i in kept])

    return run


def pointwise(make, outputs=1, dtype=torch.float64):
    """Pairs and labels."""

    def run(logits, labels):
        rows = [(f"q{i}", f"d{i}.{j}", s) for i, row in enumerate(logits) for j, s in enumerate(row)]
        table = {(q, d): s.view(outputs) for q, d, s in rows}
        model = Given(table, outputs)
        return make(model)([[q for q, _, _ in rows], [d for _, d, _ in rows]], torch.cat(labels).to(dtype))

    return run


def in_tuples(make, weight, labelled):
    """(query, positive, negatives …): tuples of one length only, so each list by itself; weight: of a list of n documents."""

    def run(logits, labels):
        total, weights = 0.0, 0
        for row, y in zip(logits, labels):
            if len(row) < 2:
                continue
            model = Given({("q", f"d{j}"): s.view(1) for j, s in enumerate(row)})
            inputs = [["q"]] + [[f"d{j}"] for j in range(len(row))]
            total = total + weight(len(row)) * make(model)(inputs, y.view(1, -1) if labelled else None)
            weights += weight(len(row))
        return total / weights

    return run


contrast = lambda labels: len(set(labels)) > 1
graded = ["ragged, graded", "ragged, binary", "one list", "equal logits", "without a positive, and one document",
          "sorted by label"]
sigmoid = {"activation_fn": nn.Sigmoid()}

# --- pointwise
for batch in ("ragged, binary", "without a positive, and one document", "equal logits", "soft", "large logits"):
    if max(max(row) for row in BATCHES[batch][0]) > 1:
        continue
    case("BinaryCrossEntropy", batch, pointwise(lambda m: losses.BinaryCrossEntropyLoss(m)))
    case("BinaryCrossEntropy", batch,
         pointwise(lambda m: losses.BinaryCrossEntropyLoss(m, pos_weight=torch.tensor(3.5))),
         {"positiveWeight": 3.5}, "positive weight")
    smooth = lambda logits, labels: pointwise(lambda m: losses.BinaryCrossEntropyLoss(m, pos_weight=torch.tensor(2.0)))(
        logits, [y * 0.9 + 0.05 for y in labels])
    case("BinaryCrossEntropy", batch, smooth, {"positiveWeight": 2, "smoothing": 0.1}, "smoothing")
large = ([[1, 0, 0], [0, 1]], [80, -80, 80, 80, -80])
case("BinaryCrossEntropy", "large logits", pointwise(lambda m: losses.BinaryCrossEntropyLoss(m)), labels=large[0],
     logits=large[1])
for batch in ("teacher", "soft", "one list", "without a positive, and one document", "large logits"):
    case("MSE", batch, pointwise(lambda m: losses.MSELoss(m)))
    case("MSE", batch, pointwise(lambda m: losses.MSELoss(m, nn.Sigmoid())), {"activation": "sigmoid"}, "sigmoid")
classes = [[0, 2, 1], [2], [1, 1]]
class_logits = [drawn(3) for _ in range(6)]
for smoothing in (0, 0.2):
    case("CrossEntropy", "three classes",
         pointwise(lambda m: losses.CrossEntropyLoss(m, label_smoothing=smoothing), 3, torch.long),
         {"smoothing": smoothing}, f"smoothing {smoothing}", outputs=3, labels=classes, logits=class_logits)
case("CrossEntropy", "large logits", pointwise(lambda m: losses.CrossEntropyLoss(m), 3, torch.long), outputs=3,
     labels=[[0, 1]], logits=[[80, -80, 80], [80, -80, 0]])

# --- ListNet
for batch in [*graded, "large logits", "teacher"]:
    case("ListNet", batch, listwise(losses.ListNetLoss))
    case("ListNet", batch, listwise(lambda m: losses.ListNetLoss(m, **sigmoid)), {"activation": "sigmoid"}, "sigmoid")


# --- ListMLE, PListMLE
def list_mle_formula(weighting, order=True, grouped=False):
    """Document by document, in log space; grouped: documents with equal labels are in each other's sum."""

    def run(logits, labels):
        rows = [(s, y) for s, y in zip(logits, labels) if len(y) > 1 and (not order or contrast(y.tolist()))]
        total = 0.0
        for s, y in rows:
            n = len(y)
            places = sorted(range(n), key=lambda i: -y[i]) if order else range(n)
            s = s[list(places)]
            w = {"default": [2.0 ** (n - i) - 1 for i in range(n)], "none": [1.0] * n,
                 "logarithmic": [1 / math.log2(2 + i) for i in range(n)]}[weighting]
            w = w if weighting == "none" else [x / sum(w) for x in w]
            y = y[list(places)]
            if grouped:
                w = [sum(w[j] for j in range(n) if y[j] == y[i]) / sum(y == y[i]).item() for i in range(n)]
            rest = [s[[j for j in range(n) if (y[j] <= y[i] if grouped else j >= i)]] for i in range(n)]
            total = total - sum(w[i] * (s[i] - torch.logsumexp(rest[i], 0)) for i in range(n))
        return total / len(rows)

    return run


def logarithmic(mask):
    return mask / torch.log2(2 + torch.arange(mask.size(1)).expand_as(mask))


WEIGHTS = {"default": PListMLELambdaWeight(), "logarithmic": PListMLELambdaWeight(logarithmic), "none": None}
same = lambda a, b, batch: torch.allclose(a, b, atol=1e-8, rtol=1e-8) or exit(f"formula differs: {batch} {a} {b}")
for batch in [*graded, "teacher"]:
    sort, given = {"respect_input_order": False}, {"order": "given"}
    a = case("ListMLE", batch, listwise(lambda m: losses.ListMLELoss(m, **sort), contrast))
    same(a, list_mle_formula("none")(*[split(torch.tensor(BATCHES[batch][1]), BATCHES[batch][0]),
                                       [torch.tensor(r, dtype=torch.float64) for r in BATCHES[batch][0]]]), batch)
    case("ListMLE", batch, listwise(losses.ListMLELoss), given, "as given")
    case("ListMLE", batch, listwise(lambda m: losses.ListMLELoss(m, **sort, **sigmoid), contrast),
         {"activation": "sigmoid"}, "sigmoid")
    for name, weight in WEIGHTS.items():
        a = case("PListMLE", batch, listwise(lambda m: losses.PListMLELoss(m, weight, **sort), contrast), {"weighting": name},
                 name)
        same(a, list_mle_formula(name)(*[split(torch.tensor(BATCHES[batch][1]), BATCHES[batch][0]),
                                         [torch.tensor(r, dtype=torch.float64) for r in BATCHES[batch][0]]]), batch)
    case("PListMLE", batch, listwise(losses.PListMLELoss), given, "as given")
for batch in (*graded, "large logits"):
    case("ListMLE", batch, list_mle_formula("none", grouped=True), {"order": "grouped"}, "grouped", source="formula")
    case("PListMLE", batch, list_mle_formula("default", grouped=True), {"order": "grouped"}, "grouped", source="formula")
case("ListMLE", "sorted by label", listwise(losses.ListMLELoss), {}, "as sentence-transformers' default")
case("ListMLE", "large logits", list_mle_formula("none"), source="formula")
case("PListMLE", "large logits", list_mle_formula("default"), source="formula")


# --- RankNet, Lambda
def lambda_formula(scheme, k=None, sigma=1.0, mu=10.0):
    """Pair by pair, without clamps."""

    def run(logits, labels):
        total, pairs = 0.0, 0
        for s, y in zip(logits, labels):
            if not contrast(y.tolist()):
                continue
            n, cut = len(y), k or len(y)
            order = sorted(range(n), key=lambda i: -s[i].item())
            place = {d: p + 1 for p, d in enumerate(order)}
            D = lambda p: math.log2(1 + p)
            ideal = sum((2**g - 1) / D(p + 1) for p, g in enumerate(sorted(y.tolist(), reverse=True)[:cut]))
            G = [(2 ** g.item() - 1) / ideal for g in y]
            for i in range(n):
                for j in range(n):
                    if scheme != "NDCGLoss1" and not y[i] > y[j] or max(place[i], place[j]) > cut:
                        continue
                    gap, d = abs(G[i] - G[j]), abs(place[i] - place[j])
                    rho = abs(1 / D(place[i]) - 1 / D(place[j])) * gap
                    delta = abs(1 / D(d) - 1 / D(d + 1)) * gap if d else 0
                    w = {"NDCGLoss1": G[i] / D(place[i]), "NDCGLoss2": delta, "LambdaRank": rho,
                         "NDCGLoss2++": rho + mu * delta, "none": 1.0}[scheme]
                    total = total - w * F.logsigmoid(sigma * (s[i] - s[j])) / math.log(2)
                    pairs += 1
        return total / pairs

    return run


SCHEMES = {"NDCGLoss2++": NDCGLoss2PPScheme(), "NDCGLoss2": NDCGLoss2Scheme(), "NDCGLoss1": NDCGLoss1Scheme(),
           "LambdaRank": LambdaRankScheme(), "none": NoWeightingScheme()}
for batch in graded:
    arguments = (split(torch.tensor(BATCHES[batch][1]), BATCHES[batch][0]),
                 [torch.tensor(r, dtype=torch.float64) for r in BATCHES[batch][0]])
    for name, scheme in SCHEMES.items():
        a = case("Lambda", batch, listwise(lambda m: losses.LambdaLoss(m, scheme), contrast), {"scheme": name}, name)
        same(a, lambda_formula(name)(*arguments), batch)
        if batch in ("ragged, graded", "one list", "equal logits"):
            a = case("Lambda", batch, listwise(lambda m: losses.LambdaLoss(m, scheme, k=3), contrast),
                     {"scheme": name, "k": 3}, f"{name}, k 3")
            same(a, lambda_formula(name, 3)(*arguments), batch)
    case("Lambda", batch,
         listwise(lambda m: losses.LambdaLoss(m, NDCGLoss2PPScheme(mu=2), sigma=0.5, reduction_log="natural", **sigmoid),
                  contrast),
         {"mu": 2, "sigma": 0.5, "log": "natural", "activation": "sigmoid"}, "mu 2, sigma 0.5, natural, sigmoid")
for name in SCHEMES:
    case("Lambda", "large logits", lambda_formula(name), {"scheme": name}, name, source="formula")
for batch in [*graded, "teacher"]:
    case("RankNet", batch, listwise(losses.RankNetLoss, contrast))
    case("RankNet", batch, listwise(lambda m: losses.RankNetLoss(m, sigma=2.0, reduction_log="natural"), contrast),
         {"sigma": 2, "log": "natural"}, "sigma 2, natural")
case("RankNet", "ragged, graded", listwise(lambda m: losses.RankNetLoss(m, k=2), contrast), {"k": 2}, "k 2")
case("RankNet", "large logits", lambda_formula("none"), source="formula")

# --- distillation
for batch in ("teacher", "soft", "one list", "equal logits", "without a positive, and one document", "large logits"):
    case("MarginMSE", batch, in_tuples(losses.MarginMSELoss, lambda n: n - 1, True))
    case("MarginMSE", batch, in_tuples(lambda m: losses.MarginMSELoss(m, nn.Sigmoid()), lambda n: n - 1, True),
         {"activation": "sigmoid"}, "sigmoid")
    case("ADRMSE", batch, listwise(losses.ADRMSELoss))
    case("ADRMSE", batch, listwise(lambda m: losses.ADRMSELoss(m, alpha=3.0, **sigmoid)),
         {"alpha": 3, "activation": "sigmoid"}, "alpha 3, sigmoid")
case("ADRMSE", "ragged, graded", listwise(losses.ADRMSELoss))


def same_length(logits, labels):
    """MarginMSE on tuples of one length in one call."""
    table = {(f"q{i}", f"d{i}.{j}"): s.view(1) for i, row in enumerate(logits) for j, s in enumerate(row)}
    columns = [[f"d{i}.{j}" for i in range(len(logits))] for j in range(len(logits[0]))]
    return losses.MarginMSELoss(Given(table))([[f"q{i}" for i in range(len(logits))], *columns], torch.stack(labels))


case("MarginMSE", "lists of one length", same_length, labels=[[3.5, 1, 0.5], [2, 2.5, -1]], logits=drawn(3, 3))


def distilled(student, teacher):
    """The embeddings' loss: a query of 1 and documents that are their logits have these logits as dot products."""

    def run(logits, labels):
        loss = DistillKLDivLoss(None, student_temperature=student, teacher_temperature=teacher)
        rows = [(s, y) for s, y in zip(logits, labels) if len(y) > 1]
        each = [loss.compute_loss_from_embeddings([torch.ones(1, 1)] + [x.view(1, 1) for x in s], y.view(1, -1))
                for s, y in rows]
        return sum(each) / len(rows)

    return run


for batch in ("teacher", "soft", "one list", "without a positive, and one document", "large logits"):
    case("DistillKL", batch, distilled(1.0, 1.0))
    case("DistillKL", batch, distilled(2.0, 2.0), {"temperature": 2}, "temperature 2")
    case("DistillKL", batch, distilled(0.5, 4.0), {"studentTemperature": 0.5, "teacherTemperature": 4}, "T_s 0.5, T_t 4")

# --- MultipleNegativesRanking
for batch in [*graded, "large logits"]:
    case("MultipleNegativesRanking", batch,
         in_tuples(lambda m: losses.MultipleNegativesRankingLoss(m, None), lambda n: 1, False), {"negatives": 2})
    case("MultipleNegativesRanking", batch,
         in_tuples(lambda m: losses.MultipleNegativesRankingLoss(m, None, 3, nn.Identity()), lambda n: 1, False),
         {"negatives": 0, "scale": 3, "activation": "identity"}, "scale 3, identity")


def with_in_batch(logits, labels):
    """Three queries, each with its positive, a hard negative, and all documents of the others."""
    own = lambda i: [f"p{i}", f"n{i}"] + [f"{kind}{j}" for kind in "pn" for j in range(3) if j != i]
    table = {(f"q{i}", d): s.view(1) for i in range(3) for d, s in zip(own(i), logits[i])}
    columns = [[f"{kind}{i}" for i in range(3)] for kind in "qpn"]
    return losses.MultipleNegativesRankingLoss(Given(table), None)(columns, None)


case("MultipleNegativesRanking", "in-batch negatives", with_in_batch, {"negatives": 4}, labels=[[1, 0, 0, 0, 0, 0]] * 3,
     logits=drawn(6, 6, 6))

out = Path(__file__).parent.parent / "golden" / "ranking" / "losses.json"
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
print(len(cases), out.stat().st_size)
