"""Trains tiny tokenizers of every kind and records what Hugging Face's `tokenizers` makes of awkward texts.

    python packages/core/scripts/golden-tokenizers.py        (needs tokenizers, sentencepiece)

Writes golden/tokenizers/<kind>.json (a tokenizer.json), <kind>.cases.json and texts.json.
"""

import base64
import json
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

OUT = Path(__file__).parent.parent / "golden" / "tokenizers"

CORPUS = """
The patient was treated with two courses of chemotherapy and recovered within three months.
Hypertension is a long-term condition in which the blood pressure in the arteries is elevated.
What are the symptoms of diabetes? Thirst, tiredness, blurred vision; sometimes none at all.
She didn't know that they'd already left, and he'll say we've been there: it's what I'm told.
Retrieval augmented generation answers questions from documents that it has found before.
In 2023 about 1,217 documents (4.5 %) were read, 98 of them twice, at a cost of $12.50 each.
Über die Größe der Äpfel läßt sich streiten; naïve Café-Besitzer sagen: très élevé, señor.
機械学習は面白い。 東京都に住んでいます。 中文分词很难, 但是可以做到。 한국어 문장도 있습니다.
Привет, мир! Как дела? Это проверка токенизации. Αθήνα είναι η πρωτεύουσα της Ελλάδας.
def tokenize(text): return [token.lower() for token in text.split() if token != ""]  # a comment
😀 emoji 👍🏽 are 👩‍👩‍👧‍👦 fun 🇩🇪 and ❤️ too.
""".strip().split("\n")

TEXTS = [
    "",
    " ",
    "\n\t  \r\n",
    "Hello, world!",
    "The patient's blood-pressure (hypertension) was elevated: 120/80 mmHg.",
    "  leading and   many    blanks  ",
    "tabs\tand\nnew\r\nlines\u2028and\u2029separators\u00a0nbsp\u3000ideographic",
    "they'd've it's I'M WE'LL don't ''quoted'' “curly” ‘single’",
    "naïve café Größe señor ĄĆĘŁ ǅ ﬁ ﬂ ½ ² № ™ Ⅷ",
    "e\u0301 a\u0308\u0323 n\u0303o\u0302\u0301 \u0301leading mark",
    "İstanbul Iı ß ẞ ΣΑΣ ὈΔΥΣΣΕΎΣ ΟΔΟΣ.",
    "機械学習は面白い。東京都에서 한국어 𠀀𠀁𪜶 々〆 カタカナ ﾊﾝｶｸ",
    "\u1112\u1161\u11ab\u1100\u1173\u11af conjoining",
    "Привет, мир! Ёлка й и\u0306",
    "العربية مَرْحَبًا 123 ١٢٣ עברית שָׁלוֹם",
    "हिन्दी में नमस्ते ไทยไม่มีวรรค தமிழ்",
    "😀👍🏽👩‍👩‍👧‍👦🇩🇪❤️ text🏳️‍🌈text",
    "zero\u200bwidth\u200cnon\u200djoiner\ufeffbom\u00adsoft\u2060word",
    "control\u0000\u0001\u0008\u001f\u007f\u0085\u009f chars \ufffd \ue000",
    "a" * 99 + " " + "b" * 100 + " " + "c" * 101 + " " + "é" * 101,
    "x" * 400,
    "ab" * 300 + "!" * 70,
    "1234567890 1,234.56 3.14e-10 0x1F 10^6 ²³ ٣٫١",
    "https://example.org/a_b-c?d=e&f=%20#g user@example.com C:\\dir\\file.txt",
    "snake_case camelCase PascalCase kebab-case SCREAMING_CASE",
    "[CLS] in text [SEP] and [MASK]. <s> too </s><mask> <mask>! [MASK] [mask] x[SEP]y",
    "marker<|extra|>token <|extra|> and new word newword awords words",
    "math ∑∏∫ ≤≥≠ ± × ÷ ∞ → ⇒ ✓ ☃ █ ▁ ▁▁under ░",
    "currency € £ ¥ ₹ $ ¢ punctuation … — – ‐ ‑ ‒ « » ¿ ¡ § ¶ † ‡ ‰",
    "flags ~`!@#$%^&*()_+-={}[]|\\:;\"'<>,.?/ end",
    "mixed中文English混合123テスト",
    "\u202eright to left\u202c \u2066isolate\u2069",
    "ｆｕｌｌ ｗｉｄｔｈ　１２３！",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
]
PAIRS = [
    ("What is hypertension?", "A long-term condition in which the blood pressure is elevated."),
    ("", "only the second"),
    ("a b c d e f g h i j k l m n o p", "short"),
    ("one two three four five six seven eight", "one two three four five six seven eight nine"),
]
LENGTHS = [4, 5, 8, 16, 64]  # below the number of special tokens the reference does not cut at all


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=900, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_tokens([AddedToken("newword", single_word=True), AddedToken("word", single_word=True)])
    tokenizer.enable_truncation(128)
    tokenizer.enable_padding(length=128)
    return tokenizer


def cased():
    """BertProcessing, accents and case kept."""
    tokenizer = wordpiece()
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def bytelevel():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=special, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens([AddedToken("<|extra|>", rstrip=True, normalized=False)])
    return tokenizer


def split():
    """NFC, a GPT-4 style pattern, digits alone, byte-level."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.normalizer = normalizers.NFC()
    pattern = Regex(
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(pattern, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=["<|end|>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="$A <|end|>", pair="$A $B <|end|>", special_tokens=[("<|end|>", 0)]),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def charsmap():
    """A small compiled normalisation map: NFKC and the clean-up of nmt_nfkc for the characters of TEXTS alone."""
    import unicodedata

    rules = {}
    for text in TEXTS:
        for character in text:
            form = unicodedata.normalize("NFKC", character)
            if form != character and "\0" not in form and character not in "\t\n\r":
                rules[character] = form
            decomposed = unicodedata.normalize("NFD", character)
            if decomposed != character:
                rules[decomposed] = form
    for blank in "\t\n\r\u2028\u2029\u200b\ufeff\u3000\u2581":
        rules[blank] = " "
    for control in "\x01\x08\x1f\x7f\x9f\u2060":
        rules[control] = ""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rules.tsv"
        hexed = lambda text: " ".join(f"{ord(c):X}" for c in text)
        file.write_text("".join(f"{hexed(a)}\t{hexed(b)}\n" for a, b in sorted(rules.items())))
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS * 3),
            model_prefix=f"{folder}/tiny",
            vocab_size=300,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(file),
        )
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString((Path(folder) / "tiny.model").read_bytes())
    return base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    precompiled = normalizers.Precompiled(base64.b64decode(charsmap()))
    tokenizer.normalizer = precompiled
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=600, special_tokens=special, unk_token="<unk>")
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    return tokenizer


def sentencepiece_bpe():
    """Llama 2's way: a prepended mark, blanks replaced, no pre-tokenizer, bytes for what is unknown."""
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    marks = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    tokenizer.normalizer = normalizers.Sequence(marks)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<unk>", "<s>", "</s>"] + bytes_, limit_alphabet=60)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.pre_tokenizer = None
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)]
    )
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoders.Sequence(parts)
    return tokenizer


def utf16(text, offsets):
    """Offsets in characters → in UTF-16 units."""
    at = [0]
    for character in text:
        at.append(at[-1] + len(character.encode("utf-16-le")) // 2)
    return [[at[start], at[end]] for start, end in offsets]


def record(name, make):
    tokenizer = make()
    tokenizer.save(str(OUT / f"{name}.json"), pretty=False)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    singles = []
    for text in TEXTS:
        bare = tokenizer.encode(text, add_special_tokens=False)
        case = {"ids": bare.ids, "decoded": tokenizer.decode(bare.ids)}
        case["offsets"] = [n for pair in utf16(text, bare.offsets) for n in pair]
        case["special"] = tokenizer.encode(text).ids[: len(bare.ids) + 4]
        if case["special"] == bare.ids:
            del case["special"]
        singles.append(case)
    cut = {}
    for length in LENGTHS:
        tokenizer.enable_truncation(length)
        text = TEXTS[4]
        cut[length] = {"single": tokenizer.encode(text).ids, "pairs": []}
        for first, second in PAIRS:
            encoded = tokenizer.encode(first, second)
            cut[length]["pairs"].append({"ids": encoded.ids, "segments": encoded.type_ids})
    return {"texts": singles, "cut": cut}


OUT.mkdir(parents=True, exist_ok=True)
kinds = {
    "wordpiece": wordpiece,
    "cased": cased,
    "bytelevel": bytelevel,
    "split": split,
    "unigram": unigram,
    "sentencepiece-bpe": sentencepiece_bpe,
}
write = lambda name, value: (OUT / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")
write("texts.json", {"texts": TEXTS, "pairs": PAIRS})
for name, make in kinds.items():
    write(f"{name}.cases.json", record(name, make))
for file in sorted(OUT.iterdir()):
    print(file.name, file.stat().st_size)
