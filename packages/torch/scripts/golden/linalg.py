"""Matrix products, norms, decompositions."""
import torch

from .harness import C, n, p, s, values

LOOSE = {"h": [5e-3, 5e-3], "b": [4e-2, 4e-2], "f": [1e-4, 1e-5]}
spd = values([4, 1, 0.5, 1, 3, 0.25, 0.5, 0.25, 2], (3, 3))  # symmetric, positive definite
square = values([2, 1, 0, -1, 3, 1, 0.5, 0, 1.5], (3, 3))


def product(key, *args, dtypes="fdb", extra="", **named):
    return C(key, *args, _dtypes=dtypes + extra, _tolerance=LOOSE, **named)


CASES = [
    product("mm", n(2, 3), n(3, 4, seed=1), extra="l"),
    product("mm", n(0, 3), n(3, 2), dtypes="f"),
    product("mm", n(2, 0), n(0, 2), dtypes="f"),
    product("mm", n(1, 1), n(1, 1), dtypes="f"),
    product("bmm", n(2, 2, 3), n(2, 3, 2, seed=1)),
    product("bmm", n(0, 2, 3), n(0, 3, 2), dtypes="f"),
    product("matmul", n(2, 3), n(3, 2, seed=1), extra="l"),
    product("matmul", n(3), n(3, seed=1)),
    product("matmul", n(2, 2, 3), n(3, seed=1), dtypes="f"),
    product("matmul", n(2, 1, 2, 3), n(3, 3, 2, seed=1), dtypes="fd"),
    product("matmul", n(2, 0), n(0, 3), dtypes="f"),
    product("mv", n(2, 3), n(3, seed=1)),
    product("mv", n(0, 3), n(3), dtypes="f"),
    product("dot", n(4), n(4, seed=1), dtypes="fd"),
    product("dot", n(0), n(0), dtypes="f"),
    product("outer", n(2), n(3, seed=1), extra="l"),
    product("outer", n(0), n(3), dtypes="f"),
    product("addmm", n(4), n(2, 3, seed=1), n(3, 4, seed=2)),
    product("addmm", n(2, 4), n(2, 3, seed=1), n(3, 4, seed=2), beta=0.5, alpha=-2, dtypes="fd"),
    product("addmv", n(2), n(2, 3, seed=1), n(3, seed=2), dtypes="fd"),
    product("addmv", n(1), n(2, 3, seed=1), n(3, seed=2), beta=2, alpha=0.5, dtypes="f"),
    product("baddbmm", n(2, 2, 2), n(2, 2, 3, seed=1), n(2, 3, 2, seed=2)),
    product("baddbmm", n(1, 2), n(2, 2, 3, seed=1), n(2, 3, 2, seed=2), beta=0.5, alpha=2, dtypes="f"),
    product("linear", n(2, 3), n(4, 3, seed=1), n(4, seed=2), extra="h"),
    product("linear", n(2, 2, 3), n(1, 3, seed=1), dtypes="fd"),
    product("linear", n(0, 3), n(4, 3, seed=1), None, dtypes="f"),
    product("einsum", "ij,kj->ik", [n(2, 3), n(2, 3, seed=1)], dtypes="fdb"),
    product("einsum", "bij,bjk,k", [n(2, 2, 3), n(2, 3, 2, seed=1), n(2, seed=2)], dtypes="f"),
    product("einsum", "ii", [n(3, 3)], dtypes="f"),
    product("tensordot", n(2, 3, 2), n(3, 2, 2, seed=1), [1, 2], [0, 1], dtypes="fd"),
    product("tensordot", n(2), n(3, seed=1), [], [], dtypes="f"),
    product("cdist", n(2, 3), n(4, 3, seed=1), dtypes="fd"),
    product("cdist", n(1, 2, 3), n(2, 2, 3, seed=1), 1.0, dtypes="f"),
    product("cdist", n(0, 3), n(2, 3), dtypes="f"),
    product("cosine_similarity", n(2, 3), n(2, 3, seed=1)),
    product("cosine_similarity", n(2, 1, 3), n(4, 3, seed=1), -1, 1e-6, dtypes="f"),
    product("cosine_similarity", values([0, 0, 0], (1, 3)), n(1, 3), dtypes="f"),
    product("linalg_vector_norm", n(2, 3)),
    product("linalg_vector_norm", n(2, 3), 1, 1, True, dtypes="fd"),
    product("linalg_vector_norm", n(2, 3), float("inf"), [0, 1], dtypes="f"),
    product("linalg_vector_norm", n(2, 3), 2, -1, False, dtype=torch.float64, dtypes="fb"),
    product("linalg_vector_norm", n(0, 3), 2, 1, dtypes="f"),
    product("linalg_norm", n(2, 3), dtypes="fd"),
    product("linalg_norm", n(2, 3), 3, 1, True, dtypes="f"),
    product("linalg_norm.ord_str", n(2, 3), "fro", dtypes="fd"),
    product("linalg_norm.ord_str", square, "nuc", [0, 1], dtypes="d"),
    product("linalg_qr", square, dtypes="fd", _absolute=(0, 1)),
    product("linalg_qr", n(3, 2), "r", dtypes="f", _grad=False, _absolute=(1,)),
    product("linalg_svd", square, False, dtypes="fd", _absolute=(0, 2), _grad_outputs=(1,)),
    product("linalg_svd", n(2, 3), dtypes="d", _absolute=(0, 2), _grad=False),
    product("linalg_svdvals", square, dtypes="fd"),
    product("linalg_svdvals", n(0, 2), dtypes="f"),
    product("linalg_eigh", spd, dtypes="fd", _absolute=(1,), _grad_outputs=(0,)),
    product("linalg_eigh", spd, "U", dtypes="d", _absolute=(1,), _grad=False),
    product("linalg_cholesky", spd, dtypes="fd"),
    product("linalg_cholesky", values([4], (1, 1)), upper=True, dtypes="f"),
    product("linalg_inv", square, dtypes="fd"),
    product("linalg_inv", n(0, 0), dtypes="f"),
    product("linalg_solve", square, n(3, 2), dtypes="fd"),
    product("linalg_solve", square, n(3), left=True, dtypes="f"),
    product("linalg_slogdet", square, dtypes="fd"),
    product("linalg_slogdet", values([2], (1, 1)), dtypes="f"),
]
