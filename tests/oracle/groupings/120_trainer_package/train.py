"""The trainer of a package builds the optimizer in a hook that its base class calls."""

from proj.engine import Trainer
from proj.models import create

cfg = {"lr": 0.1, "wd": 5e-4}
model = create("small_resnet", c=4)
for p in model.fc.parameters():
    p.requires_grad = False
trainer = Trainer(model, cfg)
