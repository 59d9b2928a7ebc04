"""Networks of reinforcement learning: heads, dueling, noisy, ensembles."""

import math

import torch
import torch.nn as nn


def mlp(sizes, activation, output_activation=nn.Identity):
    layers = []
    for j in range(len(sizes) - 1):
        act = activation if j < len(sizes) - 2 else output_activation
        layers += [nn.Linear(sizes[j], sizes[j + 1]), act()]
    return nn.Sequential(*layers)


def layer_init(layer, std=math.sqrt(2), bias_const=0.0):
    torch.nn.init.orthogonal_(layer.weight, std)
    torch.nn.init.constant_(layer.bias, bias_const)
    return layer


class DQN(nn.Module):
    def __init__(self, in_channels, n_actions):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(in_channels, 8, 8, stride=4), nn.ReLU(), nn.Conv2d(8, 16, 4, stride=2))
        self.fc = nn.Sequential(nn.Linear(self._features(16), 32), nn.ReLU(), nn.Linear(32, n_actions))

    @staticmethod
    def _features(channels):
        return channels * 9 * 9


class NoisyLinear(nn.Module):
    def __init__(self, in_features, out_features, std_init=0.5):
        super().__init__()
        self.weight_mu = nn.Parameter(torch.empty(out_features, in_features))
        self.weight_sigma = nn.Parameter(torch.empty(out_features, in_features))
        self.register_buffer("weight_epsilon", torch.empty(out_features, in_features))
        self.bias_mu = nn.Parameter(torch.empty(out_features))
        self.bias_sigma = nn.Parameter(torch.empty(out_features))
        self.register_buffer("bias_epsilon", torch.empty(out_features))


class Rainbow(nn.Module):
    def __init__(self, args, action_space):
        super().__init__()
        self.atoms = args["atoms"]
        if args["architecture"] == "canonical":
            self.convs = nn.Sequential(nn.Conv2d(4, 8, 8, stride=4), nn.ReLU(), nn.Conv2d(8, 16, 4, stride=2))
        elif args["architecture"] == "data-efficient":
            self.convs = nn.Sequential(nn.Conv2d(4, 8, 5, stride=5), nn.ReLU())
        self.fc_h_v = NoisyLinear(16, args["hidden_size"])
        self.fc_h_a = NoisyLinear(16, args["hidden_size"])
        self.fc_z_v = NoisyLinear(args["hidden_size"], self.atoms)
        self.fc_z_a = NoisyLinear(args["hidden_size"], action_space * self.atoms)


class Agent(nn.Module):
    def __init__(self, n_actions):
        super().__init__()
        self.network = nn.Sequential(layer_init(nn.Conv2d(4, 8, 8, stride=4)), nn.ReLU(), nn.Flatten())
        self.actor = layer_init(nn.Linear(32, n_actions), std=0.01)
        self.critic = layer_init(nn.Linear(32, 1), std=1)
        self.actor_logstd = nn.Parameter(torch.zeros(1, n_actions))


class SquashedGaussianMLPActor(nn.Module):
    def __init__(self, obs_dim, act_dim, hidden_sizes, activation):
        super().__init__()
        self.net = mlp([obs_dim] + list(hidden_sizes), activation, activation)
        self.mu_layer = nn.Linear(hidden_sizes[-1], act_dim)
        self.log_std_layer = nn.Linear(hidden_sizes[-1], act_dim)


class MLPQFunction(nn.Module):
    def __init__(self, obs_dim, act_dim, hidden_sizes, activation):
        super().__init__()
        self.q = mlp([obs_dim + act_dim] + list(hidden_sizes) + [1], activation)


class SAC(nn.Module):
    def __init__(self, obs_dim, act_dim, hidden_sizes=(16, 16), activation=nn.ReLU):
        super().__init__()
        self.pi = SquashedGaussianMLPActor(obs_dim, act_dim, hidden_sizes, activation)
        self.q1 = MLPQFunction(obs_dim, act_dim, hidden_sizes, activation)
        self.q2 = MLPQFunction(obs_dim, act_dim, hidden_sizes, activation)
        self.log_alpha = nn.Parameter(torch.zeros([]))


class EnsembleFC(nn.Module):
    def __init__(self, in_features, out_features, ensemble_size, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.Tensor(ensemble_size, in_features, out_features))
        if bias:
            self.bias = nn.Parameter(torch.Tensor(ensemble_size, out_features))
        else:
            self.register_parameter("bias", None)


class EnsembleModel(nn.Module):
    def __init__(self, size, ensemble=3, hidden=16):
        super().__init__()
        self.nn1 = EnsembleFC(size, hidden, ensemble)
        self.nn2 = EnsembleFC(hidden, hidden, ensemble)
        self.nn3 = EnsembleFC(hidden, 2 * size, ensemble, bias=False)
        self.max_logvar = nn.Parameter(torch.ones(1, size) / 2, requires_grad=False)
        self.min_logvar = nn.Parameter(-torch.ones(1, size) * 10, requires_grad=False)


class DecisionTransformer(nn.Module):
    def __init__(self, state_dim, act_dim, hidden_size, max_length=None, max_ep_len=64, action_tanh=True, **kwargs):
        super().__init__()
        layer = nn.TransformerEncoderLayer(hidden_size, kwargs.get("n_head", 2), kwargs.pop("n_inner", 4 * hidden_size))
        self.transformer = nn.TransformerEncoder(layer, kwargs["n_layer"], norm=nn.LayerNorm(hidden_size))
        self.embed_timestep = nn.Embedding(max_ep_len, hidden_size)
        self.embed_return = torch.nn.Linear(1, hidden_size)
        self.embed_state = torch.nn.Linear(state_dim, hidden_size)
        self.embed_action = torch.nn.Linear(act_dim, hidden_size)
        self.embed_ln = nn.LayerNorm(hidden_size)
        self.predict_state = torch.nn.Linear(hidden_size, state_dim)
        self.predict_action = nn.Sequential(
            *([nn.Linear(hidden_size, act_dim)] + ([nn.Tanh()] if action_tanh else []))
        )
