"""Golden values for packages/core/src/learning/objectives: loss and gradients of sentence-transformers' losses on random
embeddings, and of the formula written out where sentence-transformers has no such case.

    pip install sentence-transformers==6.0.1
    python packages/core/scripts/golden-objectives.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from sentence_transformers.sentence_transformer import losses
from sentence_transformers.sentence_transformer.losses import DistillKLDivLoss, GISTEmbedLoss, MatryoshkaLoss
from sentence_transformers.sentence_transformer.losses.triplet import TripletDistanceMetric
from sentence_transformers.util import cos_sim, dot_score, pairwise_cos_sim
from torch import nn

torch.manual_seed(7)
B, D, G = 4, 6, 3
COLUMNS = [torch.randn(B, D, dtype=torch.float64).mul(1.5).round(decimals=3) for _ in range(4)]
COLUMNS[1] = (COLUMNS[0] + COLUMNS[1]).div(2).round(decimals=3)  # positives are somewhat close
GUIDE = [torch.randn(B, G, dtype=torch.float64).round(decimals=3) for _ in range(4)]
GUIDE[1] = (GUIDE[0] + GUIDE[1]).div(2).round(decimals=3)
PAIR = torch.tensor([0.875, 0.125, 0.5, 0.125], dtype=torch.float64)
TEACHER = torch.tensor([[9.1, 2.0, -3.5], [4.0, 4.5, 1.0], [7.0, -1.0, 0.0], [0.5, 0.25, -8.0]], dtype=torch.float64)
# 1: candidate j of [positives, negatives 1, negatives 2] is a known positive of anchor i
KNOWN = torch.zeros(B, 3 * B, dtype=torch.bool)
KNOWN[0, 2] = KNOWN[1, 4] = KNOWN[3, 2] = KNOWN[2, 10] = True

cases = []


def case(loss, name, columns, fn, options=None, **extra):
    leaves = [c.clone().requires_grad_() for c in COLUMNS[:columns]]
    value = fn(leaves)
    value.backward()
    rounded = [[[float(f"{x:.9g}") for x in row] for row in leaf.grad.tolist()] for leaf in leaves]
    assert all(torch.isfinite(leaf.grad).all() for leaf in leaves), (loss, name)
    cases.append(
        {"loss": loss, "name": name, "options": options or {}, "columns": columns, "value": float(f"{value.item():.12g}"),
         "gradients": rounded, **extra}
    )


def of(loss, labels=None):
    return lambda columns: loss.compute_loss_from_embeddings(columns, labels)


# --- MultipleNegativesRanking
ALL = ("query_to_doc", "query_to_query", "doc_to_query", "doc_to_doc")
MODES = {"in-batch": "in_batch_negatives", "hard": "hard_negatives", "all": "all_negatives"}


def mnrl(**options):
    return of(losses.MultipleNegativesRankingLoss(None, **options))


for columns in (2, 3, 4):
    case("mnrl", "default", columns, mnrl())
    case("mnrl", "dot, scale 1", columns, mnrl(scale=1, similarity_fct=dot_score), {"scale": 1, "similarity": "dot"})
    case("mnrl", "GTE: all four, joint", columns, mnrl(directions=ALL), {"directions": ALL})
    case("mnrl", "symmetric, per direction", columns,
         mnrl(directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction"),
         {"directions": ["query_to_doc", "doc_to_query"], "partition": "per_direction"})
    for ours, theirs in MODES.items():
        case("mnrl", f"hardness {ours}", columns, mnrl(hardness_mode=theirs, hardness_strength=9.0),
             {"hardness": {"mode": ours, "strength": 9}})
case("mnrl", "all four, joint, hardness all, scale 5", 3,
     mnrl(scale=5, directions=ALL, hardness_mode="all_negatives", hardness_strength=5.0),
     {"scale": 5, "directions": ALL, "hardness": {"mode": "all", "strength": 5}})


def masked_mnrl(columns, directions=("query_to_doc",)):
    """The formula, row by row, with known positives left out."""
    q, p, docs, s = columns[0], columns[1], columns[1:], 20
    known = lambda i, j: bool(KNOWN[i, j])
    cos = lambda a, b: F.cosine_similarity(a, b, dim=0)
    total = 0.0
    for i in range(B):
        terms = [s * cos(q[i], docs[j // B][j % B]) for j in range(len(docs) * B) if j == i or not known(i, j)]
        if "query_to_query" in directions:
            terms += [s * cos(q[i], q[j]) for j in range(B) if j != i and not known(i, j) and not known(j, i)]
        if "doc_to_query" in directions:
            terms += [s * cos(p[i], q[j]) for j in range(B) if j == i or not known(j, i)]
        if "doc_to_doc" in directions:
            terms += [s * cos(p[i], docs[j // B][j % B]) for j in range(len(docs) * B)
                      if j % B != i and not known(i, j) and not (j < B and known(j, i))]
        total = total - (s * cos(q[i], p[i]) - torch.logsumexp(torch.stack(terms), 0))
    return total / B


case("mnrl", "false negatives masked", 4, masked_mnrl, known=True)
case("mnrl", "false negatives masked in all directions", 4, lambda c: masked_mnrl(c, ALL), {"directions": ALL}, known=True)


# --- GIST
class Given(nn.Module):
    """A model whose embeddings are given."""

    def forward(self, features):
        return {"sentence_embedding": features["embedding"]}


def gist(guide, **options):
    loss = GISTEmbedLoss.__new__(GISTEmbedLoss)  # the constructor wants models with tokenizers
    nn.Module.__init__(loss)
    settings = dict(temperature=0.01, margin_strategy="absolute", margin=0.0, contrast_anchors=True, contrast_positives=True)
    settings.update(options)
    for key, value in settings.items():
        setattr(loss, key, value)
    loss.model = Given()
    teacher = iter(guide)

    class Guide(nn.Module):
        def forward(self, features):
            return {"sentence_embedding": next(teacher)}

    loss.guide = Guide()
    loss.similarity_fct = nn.CosineSimilarity(dim=-1)
    loss.must_retokenize = False
    loss.gather_across_devices = False
    loss.cross_entropy_loss = nn.CrossEntropyLoss()
    return lambda columns: loss([{"embedding": c} for c in columns], None)


for columns in (2, 3):
    case("gist", "default", columns, gist(GUIDE[:columns]))
    case("gist", "temperature 0.1, absolute margin 0.3", columns,
         gist(GUIDE[:columns], temperature=0.1, margin=0.3), {"temperature": 0.1, "margin": 0.3})
    case("gist", "relative margin 0.2", columns,
         gist(GUIDE[:columns], temperature=0.1, margin_strategy="relative", margin=0.2),
         {"temperature": 0.1, "marginStrategy": "relative", "margin": 0.2})
    case("gist", "without anchors and positives", columns,
         gist(GUIDE[:columns], temperature=0.1, contrast_anchors=False, contrast_positives=False),
         {"temperature": 0.1, "contrastAnchors": False, "contrastPositives": False})


def gist_formula(columns):
    """Several negatives: the formula with one more block of anchors against each."""
    (a, p, *negatives), (ga, gp, *gn) = columns, GUIDE[:4]
    own = torch.diagonal(cos_sim(ga, gp)).view(-1, 1)
    blocks = [(a, p, ga, gp), (a, a, ga, ga), (p, p, gp, gp)] + [(a, n, ga, g) for n, g in zip(negatives, gn)]
    scores = []
    for k, (x, y, gx, gy) in enumerate(blocks):
        out = cos_sim(gx, gy) > own
        if k == 0:
            out &= ~torch.eye(B, dtype=torch.bool)
        if k in (1, 2):
            out |= torch.eye(B, dtype=torch.bool)
        scores.append((cos_sim(x, y) / 0.1).masked_fill(out, -torch.inf))
    return F.cross_entropy(torch.cat(scores, 1), torch.arange(B))


case("gist", "two negatives", 4, gist_formula, {"temperature": 0.1})

# --- Triplet
for metric in ("euclidean", "cosine", "manhattan"):
    fn = vars(TripletDistanceMetric)[metric.upper()]
    for margin in (5, 0.2):
        loss = losses.TripletLoss(None, distance_metric=fn, triplet_margin=margin)
        case("triplet", f"{metric}, margin {margin}", 3, of(loss), {"distance": metric, "margin": margin})
    loss = losses.TripletLoss(None, distance_metric=fn, triplet_margin=1)
    both = lambda c, loss=loss: (loss.compute_loss_from_embeddings(c[:3], None)
                                 + loss.compute_loss_from_embeddings([c[0], c[1], c[3]], None)) / 2
    case("triplet", f"{metric}, two negatives", 4, both, {"distance": metric, "margin": 1})

# --- CoSENT, AnglE
for scale in (20, 3):
    case("cosent", f"scale {scale}", 2, of(losses.CoSENTLoss(None, scale=scale), PAIR), {"scale": scale}, scores="pair")
    case("angle", f"scale {scale}", 2, of(losses.AnglELoss(None, scale=scale), PAIR), {"scale": scale}, scores="pair")
case("angle", "negatives", 4, of(losses.AnglELoss(None, scale=3), None), {"scale": 3, "labels": "negatives"})
case("angle", "negatives, scored", 3, of(losses.AnglELoss(None, scale=3), PAIR), {"scale": 3, "labels": "negatives"},
     scores="pair")


def odd(columns):
    cut = [c[:, :5] for c in columns]
    return losses.AnglELoss(None, scale=3).compute_loss_from_embeddings(cut, PAIR)


case("angle", "odd length", 2, odd, {"scale": 3}, scores="pair", cut=5)

# --- MarginMSE, DistillKL
for columns in (3, 4):
    teacher = TEACHER[:, : columns - 1]
    case("marginMse", "dot", columns, of(losses.MarginMSELoss(None), teacher), scores="candidates")
    case("marginMse", "cosine", columns, of(losses.MarginMSELoss(None, similarity_fct=pairwise_cos_sim), teacher),
         {"similarity": "cosine"}, scores="candidates")
    case("distillKl", "default", columns, of(DistillKLDivLoss(None), teacher), scores="candidates")
    case("distillKl", "temperature 2", columns, of(DistillKLDivLoss(None, temperature=2.0), teacher), {"temperature": 2},
         scores="candidates")
    case("distillKl", "cosine, T_s 0.5, T_t 4", columns,
         of(DistillKLDivLoss(None, similarity_fct=pairwise_cos_sim, student_temperature=0.5, teacher_temperature=4.0), teacher),
         {"similarity": "cosine", "studentTemperature": 0.5, "teacherTemperature": 4}, scores="candidates")


# --- Matryoshka
class Cuttable(Given):
    def get_embedding_dimension(self):
        return D


def matryoshka(inner, labels=None, **options):
    model = Cuttable()
    loss = MatryoshkaLoss(model, inner(model), **options)
    return lambda columns: loss([{"embedding": c} for c in columns], labels)


case("matryoshka", "mnrl", 3, matryoshka(losses.MultipleNegativesRankingLoss, matryoshka_dims=[2, 6, 4]),
     {"dims": [2, 6, 4]}, inner="mnrl")
case("matryoshka", "weights", 2,
     matryoshka(losses.MultipleNegativesRankingLoss, matryoshka_dims=[6, 3], matryoshka_weights=[1, 0.25]),
     {"dims": [6, 3], "weights": [1, 0.25]}, inner="mnrl")
case("matryoshka", "triplet", 3, matryoshka(losses.TripletLoss, matryoshka_dims=[6, 3]), {"dims": [6, 3]}, inner="triplet")
case("matryoshka", "cosent", 2, matryoshka(losses.CoSENTLoss, PAIR, matryoshka_dims=[6, 3]), {"dims": [6, 3]},
     inner="cosent", scores="pair")

# --- Contrastive, OnlineContrastive: pairs that belong together (1) or not (0)
DISTANCES = {  # sentence-transformers' Euclidean and Manhattan distances add 1e-6 to every difference
    "cosine": lambda x, y: 1 - F.cosine_similarity(x, y),
    "euclidean": lambda x, y: F.pairwise_distance(x, y, p=2, eps=0),
    "manhattan": lambda x, y: F.pairwise_distance(x, y, p=1, eps=0),
}
BINARY = [1, 0, 0, 1]
for distance, fn in DISTANCES.items():
    for margin in (0.5, 6):
        case("contrastive", f"{distance}, margin {margin}", 2,
             of(losses.ContrastiveLoss(None, distance_metric=fn, margin=margin), torch.tensor(BINARY)),
             {"distance": distance, "margin": margin}, scores="pair", pair=BINARY)
for labels in (BINARY, [1, 0, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 1]):
    for distance, margin in (("cosine", 1.5), ("euclidean", 9)):
        loss = losses.OnlineContrastiveLoss(None, distance_metric=DISTANCES[distance], margin=margin)
        case("onlineContrastive", f"{distance}, labels {labels}", 2, of(loss, torch.tensor(labels)),
             {"distance": distance, "margin": margin}, scores="pair", pair=labels)

# --- CosineSimilarity
case("cosineSimilarity", "default", 2, of(losses.CosineSimilarityLoss(None), PAIR.clone()), scores="pair")
case("cosineSimilarity", "negative labels", 2, of(losses.CosineSimilarityLoss(None), torch.tensor([-1, 0.5, -0.25, 1.0])),
     scores="pair", pair=[-1, 0.5, -0.25, 1.0])


# --- MegaBatchMargin
def mega(positive=0.8, negative=0.3):
    loss = losses.MegaBatchMarginLoss(None, positive, negative, use_mini_batched_version=False)
    return lambda columns: loss.calculate_loss([[c] for c in columns])


def mega_formula(columns, known=None):
    """Row by row, with hard negatives, and with known positives left out."""
    docs, total = columns[1:], 0.0
    for i in range(B):
        cos = lambda j: F.cosine_similarity(columns[0][i], docs[j // B][j % B], dim=0)
        others = [cos(j) for j in range(len(docs) * B) if j != i and not (known is not None and known[i, j])]
        total = total + F.relu(0.8 - cos(i)) + F.relu(torch.stack(others).max() - 0.3)
    return total / B


case("megaBatchMargin", "default", 2, mega())
case("megaBatchMargin", "margins 1 and -0.2", 2, mega(1, -0.2), {"positiveMargin": 1, "negativeMargin": -0.2})
case("megaBatchMargin", "two negatives", 4, mega_formula)
case("megaBatchMargin", "false negatives masked", 4, lambda c: mega_formula(c, KNOWN), known=True)

# --- Losses on groups of texts: queries and positives in one column, each with the label of its row
HARD = losses.BatchHardTripletLoss
GROUP_DISTANCES = {
    "euclidean": losses.BatchHardTripletLossDistanceFunction.euclidean_distance,
    "cosine": losses.BatchHardTripletLossDistanceFunction.cosine_distance,
    "manhattan": lambda x: (x.unsqueeze(0) - x.unsqueeze(1)).abs().sum(-1),
}
GROUPED = {"batchHardTriplet": HARD, "batchSemiHardTriplet": losses.BatchSemiHardTripletLoss,
           "batchAllTriplet": losses.BatchAllTripletLoss}


def grouped(loss, labels):
    return lambda columns: loss.compute_loss_from_embeddings([torch.cat(columns)], torch.tensor(labels * len(columns)))


for labels in ([0, 0, 1, 1], [0, 1, 2, 1]):
    for distance, fn in GROUP_DISTANCES.items():
        options = {"distance": distance}
        for key, loss in GROUPED.items():
            for margin in (5, 0.2):
                case(key, f"{distance}, margin {margin}, labels {labels}", 2, grouped(loss(None, fn, margin), labels),
                     {**options, "margin": margin}, labels=labels)
        case("batchHardSoftMarginTriplet", f"{distance}, labels {labels}", 2,
             grouped(losses.BatchHardSoftMarginTripletLoss(None, fn), labels), options, labels=labels)
# one column, as sentence-transformers has it: here rows whose query is their positive
for key, loss in {**GROUPED, "batchHardSoftMarginTriplet": losses.BatchHardSoftMarginTripletLoss}.items():
    case(key, "one column", 1, grouped(loss(None), [0, 1, 0, 1]), labels=[0, 1, 0, 1])


# --- Global orthogonal regularisation beside MultipleNegativesRanking
def orthogonal(**options):
    ours = losses.MultipleNegativesRankingLoss(None)
    theirs = losses.GlobalOrthogonalRegularizationLoss(None, **options)
    return lambda c: ours.compute_loss_from_embeddings(c, None) + sum(theirs.compute_loss_from_embeddings(c).values())


for columns in (2, 3):
    case("globalOrthogonalRegularization", "default", columns, orthogonal(), inner="mnrl")
case("globalOrthogonalRegularization", "weights, sum", 3, orthogonal(mean_weight=0.5, second_moment_weight=3, aggregation="sum"),
     {"meanWeight": 0.5, "secondMomentWeight": 3, "aggregation": "sum"}, inner="mnrl")
case("globalOrthogonalRegularization", "dot, mean only", 2,
     orthogonal(similarity_fct=dot_score, mean_weight=2, second_moment_weight=None),
     {"similarity": "dot", "meanWeight": 2, "secondMomentWeight": 0}, inner="mnrl")

out = Path(__file__).parent.parent / "golden" / "objectives" / "losses.json"
out.parent.mkdir(parents=True, exist_ok=True)
data = {
    "embeddings": [c.tolist() for c in COLUMNS], "guide": [g.tolist() for g in GUIDE], "pair": PAIR.tolist(),
    "candidates": TEACHER.tolist(), "known": KNOWN.int().flatten().tolist(), "cases": cases,
}
lines = [json.dumps(c) for c in cases]
head = json.dumps({k: v for k, v in data.items() if k != "cases"})
out.write_text(head[:-1] + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n")
print(len(cases), out.stat().st_size)
