"""Three optimizers in a dict, each over one kind of parameter: matrices, the table, vectors."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.embed = nn.Embedding(6, d)
        self.hidden = nn.ModuleList([nn.Linear(d, d) for _ in range(2)])
        self.norm = nn.LayerNorm(d)


model = Net()
vectors = [p for p in model.parameters() if p.ndim < 2]
matrices = [p for p in model.hidden.parameters() if p.ndim == 2]
tables = list(model.embed.parameters())
matrix_optimizer = torch.optim.AdamW(matrices, lr=1e-3, weight_decay=0.1)
table_optimizer = torch.optim.SGD(tables, lr=1.0)
vector_optimizer = torch.optim.AdamW([{"params": vectors}], lr=1e-3, weight_decay=0.0)
optimizers = {"matrix": matrix_optimizer, "table": table_optimizer, "vector": vector_optimizer}
