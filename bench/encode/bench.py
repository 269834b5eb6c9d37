import json
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.append(str(here.parent / "shared"))
import sentence_transformers
import torch
import transformers
from measure import max_rss, report, timed
from minilm import write_model
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer
from word_piece import write_tokenizer

scratch, threads, phase = sys.argv[1:4]
torch.set_num_threads(int(threads))
CORPUS = here.parent.parent / "examples" / "medquad" / "data" / "corpus.jsonl"
TEXTS = 200
MAX_LENGTH = 256


def read_texts():
    with open(CORPUS, encoding="utf8") as file:
        return [json.loads(line)["text"] for line in file if line.strip()][:TEXTS]


if phase == "prepare":
    texts = read_texts()
    write_model(scratch)
    write_tokenizer(scratch, texts)
    transformer = Transformer(scratch, max_seq_length=MAX_LENGTH)
    model = SentenceTransformer(modules=[transformer, Pooling(384, "mean"), Normalize()], device="cpu")
    model.save(f"{scratch}/model", create_model_card=False)
    tokens = sum(min(len(ids), MAX_LENGTH) for ids in model.tokenizer(texts, truncation=False)["input_ids"])
    with open(f"{scratch}/texts.json", "w", encoding="utf8") as file:
        json.dump({"texts": texts, "tokens": tokens}, file)
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "sentence-transformers": sentence_transformers.__version__}
    report({**versions, "python": sys.version.split()[0], "texts": TEXTS, "tokens": tokens})
else:
    with open(f"{scratch}/texts.json", encoding="utf8") as file:
        given = json.load(file)
    texts, tokens = given["texts"], given["tokens"]
    results = {"importRssMB": max_rss()}
    vectors = {}
    for name, dtype in {"float32": torch.float32, "bfloat16": torch.bfloat16}.items():
        model = SentenceTransformer(f"{scratch}/model", device="cpu", model_kwargs={"dtype": dtype})
        model.encode(texts[:64], batch_size=32)  # warm up
        encode = lambda: vectors.update({name: model.encode(texts, batch_size=32, convert_to_tensor=True).float()})
        results[f"{name}TokensPerSecond"] = tokens / timed(encode) * 1e3
        results[f"{name}MaxRssMB"] = max_rss()
    results["bfloat16MinCosine"] = torch.nn.functional.cosine_similarity(vectors["float32"], vectors["bfloat16"]).min().item()
    results["vectors"] = vectors["float32"][::50].flatten().tolist()
    report(results)
