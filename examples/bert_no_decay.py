"""A small BERT classifier, with the no_decay list that has been copied since 2018.

wdlint reports WD208, named_parameters() is empty the second time, and twice WD204,
`weight_decay_rate` is TensorFlow's name and means nothing to torch.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import AdamW


class BertLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.attention_LayerNorm = nn.LayerNorm(width)
        self.intermediate = nn.Linear(width, 4 * width)
        self.output = nn.Linear(4 * width, width)
        self.output_LayerNorm = nn.LayerNorm(width)

    def forward(self, x):
        attended, _ = self.attention(x, x, x, need_weights=False)
        x = self.attention_LayerNorm(x + attended)
        return self.output_LayerNorm(x + self.output(F.gelu(self.intermediate(x))))


class BertClassifier(nn.Module):
    def __init__(self, vocabulary=100, width=64, heads=4, layers=2, labels=2):
        super().__init__()
        self.embeddings = nn.Embedding(vocabulary, width)
        self.layers = nn.Sequential(*[BertLayer(width, heads) for _ in range(layers)])
        self.classifier = nn.Linear(width, labels)

    def forward(self, tokens):
        return self.classifier(self.layers(self.embeddings(tokens)).mean(dim=1))


def build_optimizer(model, lr):
    param_optimizer = model.named_parameters()
    no_decay = ["bias", "LayerNorm.weight"]
    grouped_parameters = [
        {
            "params": [
                p for n, p in param_optimizer if not any(nd in n for nd in no_decay)
            ],
            "weight_decay_rate": 0.05,
        },
        {
            "params": [
                p for n, p in param_optimizer if any(nd in n for nd in no_decay)
            ],
            "weight_decay_rate": 0.0,
        },
    ]
    return AdamW(grouped_parameters, lr=lr)


def main():
    torch.manual_seed(0)
    model = BertClassifier()
    optimizer = build_optimizer(model, lr=5e-4)
    for step in range(61):
        tokens = torch.randint(100, (32, 24))
        labels = (tokens < 50).sum(dim=1).gt(12).long()  # more low than high tokens?
        loss = F.cross_entropy(model(tokens), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 10 == 0:
            print(f"step {step}: loss {loss.item():.3f}")


if __name__ == "__main__":
    main()
