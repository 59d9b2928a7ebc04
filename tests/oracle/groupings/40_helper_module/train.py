"""The groups come from a helper in a file beside this one, the model from a third."""

import torch
from net import Classifier
from optim_groups import split_by_decay

WEIGHT_DECAY = 0.07

model = Classifier(classes=4)
groups = split_by_decay(model, WEIGHT_DECAY, extra_skip=("scale",))
optimizer = torch.optim.AdamW(groups, lr=1e-3)
