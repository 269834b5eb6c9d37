"""A tiny random embedding model, saved by sentence-transformers 6, and its vectors with every kind of pooling.

    python packages/core/scripts/golden-embedding.py        (needs sentence-transformers >= 6, after golden-tokenizers.py)

Writes golden/embedding/model and golden/embedding/cases.json.
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Dense, Normalize, Pooling, Transformer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

GOLDEN = Path(__file__).parent.parent / "golden"
OUT = GOLDEN / "embedding"
TEXTS = [
    "The patient was treated with two courses of chemotherapy.",
    "What are the symptoms of diabetes?",
    "",
    "hypertension",
    "Retrieval augmented generation answers questions from documents that it has found before. " * 4,
    "In 2023 about 1,217 documents (4.5 %) were read, 98 of them twice.",
]
MODES = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken", ["mean", "max"]]
MAX_LENGTH = 32

torch.manual_seed(7)
torch.set_num_threads(1)
tokenizer = PreTrainedTokenizerFast(
    tokenizer_file=str(GOLDEN / "tokenizers" / "wordpiece.json"),
    unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
)  # fmt: skip
config = BertConfig(
    vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
    max_position_embeddings=40, initializer_range=0.3,
)  # fmt: skip


def rounded(vectors):
    return [[float(f"{x:.7g}") for x in row] for row in vectors.tolist()]


def encoded(model, **options):
    return rounded(model.encode(TEXTS, convert_to_tensor=True, **options))


with tempfile.TemporaryDirectory() as folder:
    BertModel(config, add_pooling_layer=False).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    transformer = Transformer(folder, max_seq_length=MAX_LENGTH)

cases = {"texts": TEXTS, "pooling": [], "prompts": []}
for mode in MODES:
    model = SentenceTransformer(modules=[transformer, Pooling(16, mode)], device="cpu")
    cases["pooling"].append({"modes": mode, "vectors": encoded(model)})

prompts = {"query": "question: ", "document": "", "other": "tell me about the "}
for mode in ["mean", "cls", "max", "weightedmean", "lasttoken"]:
    pooling = Pooling(16, mode, include_prompt=False)
    model = SentenceTransformer(modules=[transformer, pooling], prompts=prompts, device="cpu")
    cases["prompts"].append({"mode": mode, "vectors": encoded(model, prompt_name="query")})

dense = Dense(16, 8, activation_function=torch.nn.Tanh())
modules = [transformer, Pooling(16, "mean"), dense, Normalize()]
model = SentenceTransformer(modules=modules, prompts=prompts, default_prompt_name="other", device="cpu")
model.similarity_fn_name = "dot"
cases["query"] = rounded(model.encode_query(TEXTS, convert_to_tensor=True))
cases["document"] = rounded(model.encode_document(TEXTS, convert_to_tensor=True))
cases["default"] = encoded(model)

shutil.rmtree(OUT, ignore_errors=True)
OUT.mkdir(parents=True)
model.save(str(OUT / "model"), create_model_card=False)
(OUT / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
for file in sorted(OUT.rglob("*")):
    if file.is_file():
        print(file.relative_to(OUT), file.stat().st_size)
