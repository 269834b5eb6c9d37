"""Tiny random cross-encoders of every architecture, saved by sentence-transformers 6, and what it computes with them.

    python packages/core/scripts/golden-crossencoder.py     (needs sentence-transformers >= 6, after golden-tokenizers.py)

Writes golden/crossencoder/<name> and golden/crossencoder/cases.json.
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
from sentence_transformers import CrossEncoder
from sentence_transformers.cross_encoder.modules import LogitScore
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedTokenizerFast

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
OUT = GOLDEN / "crossencoder"
LONG = "Retrieval augmented generation answers questions from documents that it has found before. " * 4
PAIRS = [
    ["What are the symptoms of diabetes?", "The patient was treated with two courses of chemotherapy."],
    ["hypertension", ""],
    ["", "hypertension"],
    ["What are the symptoms of diabetes?", LONG],
    [LONG, "In 2023 about 1,217 documents (4.5 %) were read, 98 of them twice."],
    [LONG, LONG + "twice"],
    ["hypertension", "The patient was treated."],
    ["What are the symptoms of diabetes?", "The patient was treated with two courses of chemotherapy."],
]
MAX_LENGTH = 32

torch.set_num_threads(1)
wordpiece = dict(file="wordpiece", unk="[UNK]", pad="[PAD]", cls="[CLS]", sep="[SEP]", mask="[MASK]")
unigram = dict(file="unigram", unk="<unk>", pad="<pad>", cls="<s>", sep="</s>", mask="<mask>")
bytelevel = dict(file="bytelevel", unk="<unk>", pad="<pad>", cls="<s>", sep="</s>", mask="<mask>")
small = dict(
    hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20, max_position_embeddings=40,
    initializer_range=0.3,
)  # fmt: skip
distil = dict(dim=16, n_layers=2, n_heads=2, hidden_dim=20, max_position_embeddings=40, initializer_range=0.3)

# name: model type, tokenizer, labels, settings
MODELS = {
    "bert": ("bert", wordpiece, 1, {**small, "type_vocab_size": 2}),
    "bert-labels": ("bert", wordpiece, 3, {**small, "type_vocab_size": 2, "id2label": {0: "no", 1: "maybe", 2: "yes"}}),
    "roberta": ("roberta", bytelevel, 1, {**small, "type_vocab_size": 1}),
    "xlm-roberta": ("xlm-roberta", unigram, 2, {**small, "type_vocab_size": 1}),
    "mpnet": ("mpnet", wordpiece, 1, small),
    "distilbert": ("distilbert", wordpiece, 2, distil),
    "modernbert": ("modernbert", bytelevel, 1, {**small, "local_attention": 8}),
    "modernbert-mean": (
        "modernbert",
        bytelevel,
        3,
        {**small, "local_attention": 8, "classifier_pooling": "mean", "classifier_bias": True, "norm_bias": True,
         "classifier_activation": "silu"},
    ),
}  # fmt: skip


def rounded(tensor):
    return [[float(f"{x:.8g}") for x in row] for row in tensor.reshape(len(tensor), -1).tolist()]


def tokenizer_of(about, segments):
    names = ["input_ids", *(["token_type_ids"] if segments else []), "attention_mask"]
    return PreTrainedTokenizerFast(
        tokenizer_file=str(GOLDEN / "tokenizers" / f"{about['file']}.json"),
        model_input_names=names, model_max_length=MAX_LENGTH,
        **{f"{key}_token": about[key] for key in ("unk", "pad", "cls", "sep", "mask")},
    )  # fmt: skip


shutil.rmtree(OUT, ignore_errors=True)
OUT.mkdir(parents=True)
cases = {"pairs": PAIRS, "models": {}}
for name, (model_type, about, labels, settings) in MODELS.items():
    torch.manual_seed(11)
    tokenizer = tokenizer_of(about, model_type == "bert")
    ids = {"pad_token_id": tokenizer.pad_token_id, "cls_token_id": tokenizer.cls_token_id}
    ids |= {"bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.sep_token_id}
    ids |= {"sep_token_id": tokenizer.sep_token_id} if model_type == "modernbert" else {}
    named = {} if "id2label" in settings else {"num_labels": labels}
    config = AutoConfig.for_model(model_type, vocab_size=len(tokenizer), **ids, **named, **settings)
    model = AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():  # norms and biases that do something
        for key, parameter in model.named_parameters():
            if "norm" in key.lower() or key.endswith("bias"):
                parameter.add_(torch.randn_like(parameter) * 0.1)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        encoder = CrossEncoder(folder, device="cpu")
    encoder.save_pretrained(str(OUT / name), create_model_card=False)
    features = encoder.preprocess(PAIRS)
    cases["models"][name] = {
        "scores": rounded(encoder.predict(PAIRS, convert_to_tensor=True)),
        "logits": rounded(encoder.predict(PAIRS, convert_to_tensor=True, activation_fn=torch.nn.Identity())),
        "tokens": [row[kept.bool()].tolist() for row, kept in zip(features["input_ids"], features["attention_mask"])],
    }

torch.manual_seed(3)
logits = torch.randn(4, 1, 7)
cases["logitScore"] = {
    "logits": rounded(logits[:, 0]),
    "both": rounded(LogitScore(5, 2)({"causal_logits": logits})["scores"]),
    "one": rounded(LogitScore(5)({"causal_logits": logits})["scores"]),
}
(OUT / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
for file in sorted(OUT.rglob("*")):
    if file.is_file():
        file.chmod(0o644)
        print(file.relative_to(OUT), file.stat().st_size)
