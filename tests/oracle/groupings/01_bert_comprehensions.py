"""BERT's two list comprehensions, with names that fit the model."""

import torch
from torch import nn


class BertLayer(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.attention = nn.Linear(hidden, hidden)
        self.LayerNorm = nn.LayerNorm(hidden)
        self.intermediate = nn.Linear(hidden, 4 * hidden)
        self.output = nn.Linear(4 * hidden, hidden)


class BertClassifier(nn.Module):
    def __init__(self, vocab_size=30, hidden=8, num_layers=2, num_labels=3):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab_size, hidden)
        self.LayerNorm = nn.LayerNorm(hidden)
        self.layer = nn.ModuleList([BertLayer(hidden) for _ in range(num_layers)])
        self.classifier = nn.Linear(hidden, num_labels)


model = BertClassifier()
no_decay = ["bias", "LayerNorm.weight"]
optimizer_grouped_parameters = [
    {
        "params": [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)],
        "weight_decay": 0.01,
    },
    {
        "params": [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)],
        "weight_decay": 0.0,
    },
]
optimizer = torch.optim.AdamW(optimizer_grouped_parameters, lr=5e-5, eps=1e-8)
