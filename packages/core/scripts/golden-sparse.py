"""Tiny random SPLADE models, saved by sentence-transformers 6, with their vectors; and the losses of sparse embeddings:
values and gradients on given embeddings.

    pip install sentence-transformers==6.0.1
    python packages/core/scripts/golden-sparse.py           (after golden-tokenizers.py)

Writes golden/sparse/<model>, golden/sparse/cases.json and golden/sparse/losses.json.
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
import transformers as hf
from sentence_transformers import SparseEncoder
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sparse_encoder import losses
from sentence_transformers.sparse_encoder.modules import SpladePooling
from torch import nn

GOLDEN = Path(__file__).parent.parent / "golden"
OUT = GOLDEN / "sparse"
TEXTS = [
    "The patient was treated with two courses of chemotherapy.",
    "What are the symptoms of diabetes?",
    "",
    "hypertension",
    "Retrieval augmented generation answers questions from documents that it has found before. " * 4,
]
torch.set_num_threads(1)
torch.manual_seed(3)
hf.logging.set_verbosity_error()
tokenizer = hf.PreTrainedTokenizerFast(
    tokenizer_file=str(GOLDEN / "tokenizers" / "wordpiece.json"),
    unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
)  # fmt: skip
V = len(tokenizer)
common = dict(vocab_size=V, initializer_range=0.3, max_position_embeddings=40)
sizes = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12)
MODELS = {
    "bert": (hf.BertForMaskedLM(hf.BertConfig(**common, **sizes)), "max", "relu"),
    "distilbert": (
        hf.DistilBertForMaskedLM(hf.DistilBertConfig(**common, dim=8, n_layers=1, n_heads=2, hidden_dim=12)), "sum", "relu",
    ),
    "roberta": (hf.RobertaForMaskedLM(hf.RobertaConfig(**common, **sizes, pad_token_id=1)), "max", "log1p_relu"),
    "mpnet": (hf.MPNetForMaskedLM(hf.MPNetConfig(**common, **sizes)), "max", "relu"),
    "modernbert": (
        hf.ModernBertForMaskedLM(hf.ModernBertConfig(
            **common, **sizes, pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3,
        )), "max", "relu",
    ),
}  # fmt: skip


def pairs(vectors):
    rows = vectors.to_dense().tolist()
    return [[[j, float(f"{x:.7g}")] for j, x in enumerate(row) if x != 0] for row in rows]


shutil.rmtree(OUT, ignore_errors=True)
OUT.mkdir(parents=True)
cases = {"texts": TEXTS, "models": []}
for name, (mlm, strategy, activation) in MODELS.items():
    for key, parameter in mlm.named_parameters():
        if parameter.dim() == 1:  # biases and norms would be 0 and 1
            parameter.data += torch.randn_like(parameter) * 0.2
    with torch.no_grad():  # most logits below 0
        bias = mlm.get_output_embeddings().bias
        bias -= 1.5
    with tempfile.TemporaryDirectory() as folder:
        mlm.eval().save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        transformer = Transformer(folder, transformer_task="fill-mask", max_seq_length=32)
    model = SparseEncoder(
        modules=[transformer, SpladePooling(strategy, activation)], prompts={"query": "question: "}, device="cpu"
    )
    all_ = model.encode(TEXTS)
    cases["models"].append({
        "name": name, "pooling": strategy, "activation": activation, "vectors": pairs(all_),
        "query": pairs(model.encode_query(TEXTS)), "top5": pairs(model.encode_document(TEXTS, max_active_dims=5)),
    })  # fmt: skip
    model.save(str(OUT / name), create_model_card=False)
(OUT / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")

# --- losses
B, D = 4, 7
torch.manual_seed(5)
COLUMNS = [torch.randn(B, D, dtype=torch.float64).relu().log1p().mul(2).round(decimals=3) for _ in range(4)]
TEACHER = torch.tensor([[9.1, 2.0, -3.5], [4.0, 4.5, 1.0], [7.0, -1.0, 0.0], [0.5, 0.25, -8.0]], dtype=torch.float64)
loss_cases = []


class Given(nn.Module):
    """A model whose embeddings are given."""

    def forward(self, features, **_):
        return {"sentence_embedding": features["embedding"]}


def case(inner, name, columns, make, options, inner_options=None, scored=False):
    leaves = [c.clone().requires_grad_() for c in COLUMNS[:columns]]
    model = Given()
    loss = losses.SpladeLoss(model, make(model), **options_of(options))
    labels = TEACHER[:, : columns - 1] if scored else None
    value = sum(loss([{"embedding": c} for c in leaves], labels).values())
    value.backward()
    rounded = [[[float(f"{x:.9g}") for x in row] for row in leaf.grad.tolist()] for leaf in leaves]
    loss_cases.append({
        "inner": inner, "innerOptions": inner_options or {}, "name": name, "options": options, "columns": columns,
        "value": float(f"{value.item():.12g}"), "gradients": rounded, "scored": scored,
    })  # fmt: skip


def options_of(options):
    theirs = {
        "documentWeight": "document_regularizer_weight", "queryWeight": "query_regularizer_weight",
        "documentThreshold": "document_regularizer_threshold", "queryThreshold": "query_regularizer_threshold",
    }  # fmt: skip
    return {theirs[key]: value for key, value in options.items()}


for columns in (2, 3, 4):
    case("mnrl", "both weights", columns, losses.SparseMultipleNegativesRankingLoss, {"documentWeight": 0.3, "queryWeight": 0.5},
         {"scale": 1, "similarity": "dot"})
case("mnrl", "documents only", 3, losses.SparseMultipleNegativesRankingLoss, {"documentWeight": 0.01},
     {"scale": 1, "similarity": "dot"})
case("mnrl", "thresholds", 3, losses.SparseMultipleNegativesRankingLoss,
     {"documentWeight": 0.3, "queryWeight": 0.5, "documentThreshold": 4, "queryThreshold": 3},
     {"scale": 1, "similarity": "dot"})
for columns in (3, 4):
    case("marginMse", "both weights", columns, losses.SparseMarginMSELoss, {"documentWeight": 0.08, "queryWeight": 0.1},
         {}, scored=True)
    case("distillKl", "both weights", columns, losses.SparseDistillKLDivLoss, {"documentWeight": 0.3, "queryWeight": 0.5},
         {"temperature": 2}, scored=True)
data = {"embeddings": [c.tolist() for c in COLUMNS], "candidates": TEACHER.tolist(), "cases": loss_cases}
(OUT / "losses.json").write_text(json.dumps(data, separators=(",", ":")) + "\n")
for file in sorted(OUT.rglob("*")):
    if file.is_file():
        print(file.relative_to(OUT), file.stat().st_size)
for each in cases["models"]:
    print(each["name"], [len(v) for v in each["vectors"]])
