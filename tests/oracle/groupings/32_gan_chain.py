"""CycleGAN: one optimizer over two generators chained, one over two discriminators."""

import itertools

import torch
import torch.nn as nn


class GeneratorAB(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 4, 3)
        self.inorm = nn.InstanceNorm2d(4, affine=True)


class GeneratorBA(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(3, 4, 3)


def discriminator(channels):
    return nn.Sequential(nn.Conv2d(3, channels, 4), nn.LeakyReLU(0.2), nn.Conv2d(channels, 1, 4))


class CycleGAN:
    def __init__(self, lr=2e-4, beta1=0.5, wd=1e-5):
        self.netG_A = GeneratorAB()
        self.netG_B = GeneratorBA()
        self.netD_A = discriminator(4)
        self.optimizer_G = torch.optim.AdamW(
            itertools.chain(self.netG_A.parameters(), self.netG_B.parameters()),
            lr=lr,
            betas=(beta1, 0.999),
            weight_decay=wd,
        )
        self.optimizer_D = torch.optim.AdamW(
            self.netD_A.parameters(), lr=lr, betas=(beta1, 0.999), weight_decay=0
        )
        self.optimizers = [self.optimizer_G, self.optimizer_D]


CycleGAN()
