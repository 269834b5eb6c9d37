"""Tiny random multi-vector models, saved by sentence-transformers 6, with their vectors and scores; and the losses of
late interaction: values and gradients on given token vectors.

    pip install sentence-transformers==6.0.1
    python packages/core/scripts/golden-multivector.py      (after golden-tokenizers.py)

Writes golden/multivector/<model>, golden/multivector/cases.json and golden/multivector/losses.json.
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
import transformers as hf
from sentence_transformers import MultiVectorEncoder
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.multi_vector_encoder import losses
from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask
from sentence_transformers.multi_vector_encoder.scoring import mean_colbert_scores
from torch import nn

GOLDEN = Path(__file__).parent.parent / "golden"
OUT = GOLDEN / "multivector"
QUERIES = ["What are the symptoms of diabetes?", "hypertension", "Which documents were read twice in the year 2023, and by whom?"]
DOCUMENTS = [
    "The patient was treated, with two courses of chemotherapy.",
    "",
    "hypertension",
    "Retrieval augmented generation answers questions from documents that it has found before. " * 4,
    "In 2023 about 1,217 documents (4.5 %) were read, 98 of them twice.",
]
torch.set_num_threads(1)
torch.manual_seed(3)
hf.logging.set_verbosity_error()
tokenizer = hf.PreTrainedTokenizerFast(
    tokenizer_file=str(GOLDEN / "tokenizers" / "wordpiece.json"),
    unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
)  # fmt: skip
common = dict(vocab_size=len(tokenizer), initializer_range=0.3, max_position_embeddings=40)
sizes = dict(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12)


def linear(before, after, bias=False):
    return Dense(before, after, bias=bias, activation_function=nn.Identity(), module_input_name="token_embeddings")


MODELS = {
    # classic ColBERT
    "bert": (
        hf.BertModel(hf.BertConfig(**common, **sizes), add_pooling_layer=False),
        dict(document_length=30, query_expansion={"strategy": "fixed", "length": 12}),
        [linear(8, 4)], MultiVectorMask([".", ",", "%", "nosuchword"]),
    ),
    "distilbert": (
        hf.DistilBertModel(hf.DistilBertConfig(**common, dim=8, n_layers=2, n_heads=2, hidden_dim=12)),
        dict(query_length=20, query_expansion={"strategy": "min", "length": 10, "attend": True}),
        [linear(8, 6, True), linear(6, 3)], MultiVectorMask([".", ","], skiplist_tasks=["query", "document"]),
    ),
    "mpnet": (
        hf.MPNetModel(hf.MPNetConfig(**common, **sizes), add_pooling_layer=False),
        dict(query_length=16, document_length=24, query_expansion={"strategy": "min", "length": 14, "token": "the"}),
        [], MultiVectorMask(),
    ),
    "modernbert": (
        hf.ModernBertModel(hf.ModernBertConfig(
            **common, **sizes, pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3,
        )),
        dict(query_length=8, document_length=24), [linear(8, 4)], MultiVectorMask(["."]),
    ),
    "roberta": (
        hf.RobertaModel(hf.RobertaConfig(**common, **sizes, pad_token_id=1), add_pooling_layer=False),
        dict(document_length=24, query_expansion={"strategy": "fixed", "length": 12}),
        [linear(8, 4)], MultiVectorMask(),
    ),
}  # fmt: skip


def rounded(vectors):
    return [[[float(f"{x:.7g}") for x in row] for row in text.tolist()] for text in vectors]


shutil.rmtree(OUT, ignore_errors=True)
OUT.mkdir(parents=True)
cases = {"queries": QUERIES, "documents": DOCUMENTS, "models": []}
for name, (encoder, options, dense, mask) in MODELS.items():
    for parameter in encoder.parameters():
        if parameter.dim() == 1:
            parameter.data += torch.randn_like(parameter) * 0.2
    with tempfile.TemporaryDirectory() as folder:
        encoder.eval().save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        transformer = Transformer(folder, max_seq_length=32, **options)
    model = MultiVectorEncoder(
        modules=[transformer, *dense, mask, Normalize("token_embeddings")],
        prompts={"query": "question: ", "document": "answer: "}, device="cpu",
    )  # fmt: skip
    queries, documents = model.encode_query(QUERIES), model.encode_document(DOCUMENTS)
    cases["models"].append({
        "name": name, "queries": rounded(queries), "documents": rounded(documents),
        "scores": [[float(f"{x:.7g}") for x in row] for row in model.similarity(queries, documents).tolist()],
    })  # fmt: skip
    model.save(str(OUT / name), create_model_card=False)
(OUT / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")

# --- losses
B, D = 4, 5
torch.manual_seed(5)
LENGTHS = [[3, 1, 4, 2], [5, 2, 1, 3], [2, 2, 6, 1], [1, 4, 3, 2]]
COLUMNS = [
    [nn.functional.normalize(torch.randn(n, D, dtype=torch.float64), dim=1).mul(1.3).round(decimals=3) for n in lengths]
    for lengths in LENGTHS
]
TEACHER = torch.tensor([[9.1, 2.0, -3.5], [4.0, 4.5, 1.0], [7.0, -1.0, 0.0], [0.5, 0.25, -8.0]], dtype=torch.float64)
loss_cases = []


class Given(nn.Module):
    """A model whose token vectors are given, padded."""

    def forward(self, features, **_):
        return {"token_embeddings": features["token_embeddings"], "attention_mask": features["attention_mask"]}


def padded(texts):
    mask = torch.arange(max(len(t) for t in texts)) < torch.tensor([[len(t)] for t in texts])
    return {"token_embeddings": nn.utils.rnn.pad_sequence(texts, batch_first=True), "attention_mask": mask}


def case(loss, name, columns, make, options, scored=False):
    leaves = [[t.clone().requires_grad_() for t in column] for column in COLUMNS[:columns]]
    labels = TEACHER[:, : columns - 1] if scored else None
    value = make([padded(column) for column in leaves], labels)
    value.backward()
    loss_cases.append({
        "loss": loss, "name": name, "options": options, "columns": columns, "scored": scored,
        "value": float(f"{value.item():.12g}"),
        "gradients": [[[float(f"{x:.9g}") for x in row] for t in column for row in t.grad.tolist()] for column in leaves],
    })  # fmt: skip


import sentence_transformers.base.losses.merged_forward as merged  # noqa: E402


# The merged forward wants tokenised columns: here each is given already.
def given(model, features, *_, **__):
    outputs = [model(each) for each in features]
    return [o["token_embeddings"] for o in outputs], [o["attention_mask"] for o in outputs]


for module in (losses.multiple_negatives_ranking, losses.distill_kl_div, losses.margin_mse):
    assert module.embed_columns_padded is merged.embed_columns_padded
    module.embed_columns_padded = given

for columns in (2, 3, 4):
    case("mnrl", "default", columns, losses.MultiVectorMultipleNegativesRankingLoss(Given()), {})
case("mnrl", "scale 3, mean", 3,
     losses.MultiVectorMultipleNegativesRankingLoss(Given(), scale=3, similarity_fct=mean_colbert_scores),
     {"scale": 3, "similarity": "meanmaxsim"})
for columns in (3, 4):
    case("distillKl", "default", columns, losses.MultiVectorDistillKLDivLoss(Given()), {}, scored=True)
    case("distillKl", "temperatures", columns,
         losses.MultiVectorDistillKLDivLoss(Given(), student_temperature=0.25, teacher_temperature=2.0),
         {"studentTemperature": 0.25, "teacherTemperature": 2}, scored=True)
    case("marginMse", "default", columns, losses.MultiVectorMarginMSELoss(Given()), {}, scored=True)
data = {
    "lengths": LENGTHS, "columns": [[row for t in column for row in t.tolist()] for column in COLUMNS],
    "candidates": TEACHER.tolist(), "cases": loss_cases,
}
(OUT / "losses.json").write_text(json.dumps(data, separators=(",", ":")) + "\n")
for file in sorted(OUT.rglob("*")):
    if file.is_file():
        print(file.relative_to(OUT), file.stat().st_size)
for each in cases["models"]:
    print(each["name"], [len(v) for v in each["queries"]], [len(v) for v in each["documents"]])
