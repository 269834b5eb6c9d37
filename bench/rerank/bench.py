import json
import random
import sys
import time
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.append(str(here.parent / "shared"))
import sentence_transformers
import torch
import transformers
from measure import max_rss, median, report
from minilm import config_of
from sentence_transformers import CrossEncoder
from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss
from transformers import BertForSequenceClassification
from word_piece import write_tokenizer

scratch, threads, phase, *given = sys.argv[1:]
torch.set_num_threads(int(threads))
BATCH = 32
TRAIN_LENGTH = 256
CANDIDATES, CANDIDATE_LENGTH = 100, 128
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def read_lines(file):
    with open(file, encoding="utf8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def read_pairs(folder):
    """Query and passage of every judgement of the train split, or of whatever split there is first."""
    texts = {row["_id"]: f"{row.get('title') or ''} {row['text']}".strip() for row in read_lines(folder / "corpus.jsonl")}
    queries = {row["_id"]: row["text"] for row in read_lines(folder / "queries.jsonl")}
    files = [folder / "qrels" / "train.tsv", *sorted((folder / "qrels").glob("*.tsv"))]
    with open(next(file for file in files if file.exists()), encoding="utf8") as lines:
        judged = [line.strip().split("\t") for line in list(lines)[1:]]
    pairs = [(queries[q], texts[d]) for q, d, grade in judged if q in queries and d in texts and int(grade) > 0]
    return pairs, list(texts.values())


def write_model(texts):
    """MiniLM-L6's shape with a classification head and random weights, dropout 0.1."""
    torch.manual_seed(0)
    BertForSequenceClassification(config_of(num_labels=1)).save_pretrained(scratch)
    write_tokenizer(scratch, texts)
    CrossEncoder(scratch, max_length=TRAIN_LENGTH, device="cpu").save_pretrained(f"{scratch}/model")


def count_tokens(tokenizer, pairs, longest):
    """Real tokens, special ones included."""
    encoded = tokenizer([q for q, _ in pairs], [p for _, p in pairs], truncation="longest_first", max_length=longest)
    return sum(map(len, encoded["input_ids"]))


def prepare(data, steps):
    pairs, texts = read_pairs(data)
    source = random.Random(0)
    write_model(texts)
    tokenizer = transformers.AutoTokenizer.from_pretrained(scratch)

    def row(i):
        """A judged pair and a random one in turn."""
        query, passage = source.choice(pairs)
        return [query, passage, 1] if i % 2 == 0 else [query, source.choice(texts), 0]

    batches = [[row(i) for i in range(BATCH)] for _ in range(steps + 1)]
    queries = [source.choice(pairs)[0] for _ in range(2 * steps)]
    predict = [[query, source.choice(texts)] for query in queries for _ in range(50)]
    # a candidate of 128 tokens: longer ones, that both sides cut there
    asked = source.choice(pairs)[0]
    long_ones = [text for text in texts if count_tokens(tokenizer, [(asked, text)], 512) >= CANDIDATE_LENGTH]
    candidates = [[asked, text] for text in source.sample(long_ones, min(CANDIDATES, len(long_ones)))]
    given = {
        "batches": batches,
        "batchTokens": [count_tokens(tokenizer, [row[:2] for row in batch], TRAIN_LENGTH) for batch in batches],
        "predict": predict,
        "predictTokens": count_tokens(tokenizer, predict, TRAIN_LENGTH),
        "candidates": candidates,
        "candidateLength": CANDIDATE_LENGTH,
        "repeats": 5 * steps,
    }
    with open(f"{scratch}/pairs.json", "w", encoding="utf8") as file:
        json.dump(given, file)
    report({
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "sentence-transformers": sentence_transformers.__version__,
        "python": sys.version.split()[0],
        "data": data.name,
        "steps": steps,
        "pairs": len(predict),
        "candidates": len(candidates),
    })


def train(given, half):
    """As sentence-transformers' trainer does it: its loss tokenises and pads, autocast, clipping, fused AdamW."""
    torch.manual_seed(0)
    model = CrossEncoder(f"{scratch}/model", device="cpu").train()
    loss_of = BinaryCrossEntropyLoss(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, fused=True)
    wall, core = [], []
    for batch, tokens in zip(given["batches"], given["batchTokens"]):
        start, before = time.perf_counter(), time.process_time()
        queries, passages, labels = zip(*batch)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            loss = loss_of([list(queries), list(passages)], torch.tensor(labels))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        optimizer.zero_grad()
        wall.append(tokens / (time.perf_counter() - start))
        core.append(tokens / (time.process_time() - before))
    return {"TrainWall": median(wall[1:]), "TrainCore": median(core[1:]), "TrainLoss": loss.item()}


def rerank(given, dtype):
    model = CrossEncoder(f"{scratch}/model", device="cpu", model_kwargs={"dtype": dtype})
    model.predict(given["predict"][:64], batch_size=32)  # warm up
    start, before = time.perf_counter(), time.process_time()
    scores = model.predict(given["predict"], batch_size=32, convert_to_tensor=True).float()
    tokens = given["predictTokens"]
    speed = {
        "PredictWall": tokens / (time.perf_counter() - start),
        "PredictCore": tokens / (time.process_time() - before),
    }
    short = CrossEncoder(f"{scratch}/model", device="cpu", max_length=given["candidateLength"], model_kwargs={"dtype": dtype})
    short.predict(given["candidates"], batch_size=32)  # warm up
    times = []
    for _ in range(given["repeats"]):
        start = time.perf_counter()
        short.predict(given["candidates"], batch_size=32)
        times.append((time.perf_counter() - start) * 1e3)
    return {**speed, "Scores": scores.tolist(), "Latencies": sorted(times)}


if phase == "prepare":
    data, steps = [*given, "", ""][:2]
    prepare(Path(data) if data else here.parent.parent / "examples" / "medquad" / "data", int(steps or 4))
else:
    with open(f"{scratch}/pairs.json", encoding="utf8") as file:
        pairs = json.load(file)
    results = {"importRssMB": max_rss()}
    for name, dtype in DTYPES.items():
        for part in (train(pairs, dtype == torch.bfloat16), rerank(pairs, dtype)):
            results.update({f"{name}{key}": value for key, value in part.items()})
        if dtype == torch.float32:
            results["float32MaxRssMB"] = max_rss()
    report(results)
