"""Methods of several bands, roles, pixel sizes and dates; they live in tests only.

`made_real`: two real bands to two real bands. `made_normalised`: the same, normalising each tile by
what it sees there. `made_sar_optical`: complex SAR and optical images with pixels three times as
large, to an optical band on the SAR's grid. `made_times_three`: five dates with masks to one image
of pixels three times as small.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from satstudio.core.port import BoundPort, Port
from satstudio.core.recipe import Recipe
from satstudio.learn.batch import Batch
from satstudio.learn.method import Exportable, ImageUse, MethodInfo, MethodPorts, Values
from satstudio.learn.method_state import Kept
from satstudio.pixels.phasor import interleave


class Options(Recipe):
    """Choices of all."""

    size: int = Field(12, ge=1)
    width: int = Field(6, ge=1)


class RealNet(nn.Module):
    """Two bands to two."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(2, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 2, 3, padding=1)
        )

    def forward(self, image: Tensor) -> Tensor:
        return image + self.body(image)


class NormalisedNet(RealNet):
    """Two bands to two, which it sees with mean 0 and variance 1 over the tile."""

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(functional.instance_norm(image))


class SarOpticalNet(nn.Module):
    """Complex SAR, interleaved, and three bands of a third of its size, to one band."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.sar = nn.Conv2d(2, width, 3, padding=1)
        self.optical = nn.Conv2d(3, width, 3, padding=1)
        self.last = nn.Conv2d(2 * width, 1, 3, padding=1)

    def forward(self, sar: Tensor, optical: Tensor) -> Tensor:
        fine = functional.interpolate(self.optical(optical), scale_factor=3.0, mode="nearest")
        return self.last(torch.cat([self.sar(sar), fine], 1).relu())


class TimesThreeNet(nn.Module):
    """The mean of what valid pixels of five dates say, made three times as fine."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, width, 3, padding=1)
        self.last = nn.Conv2d(width, 9, 3, padding=1)

    def forward(self, low: Tensor, low_mask: Tensor) -> Tensor:
        flat = (low * low_mask).flatten(0, 1)
        seen = self.first(flat).relu().unflatten(0, (-1, 5))
        mean = (seen * low_mask).sum(1) / (low_mask.sum(1) + 1e-3)
        return functional.pixel_shuffle(self.last(mean), 3)


class Made:
    """Learns to make a role of others by the mean absolute difference."""

    target = "target"
    use = ImageUse("translate", tile_px=32, halo_px=6, size_multiple=1)

    def __init__(
        self, options: Options, ports: Sequence[BoundPort], seed: int, device: torch.device
    ) -> None:
        assert [port.role for port in ports] == [p.role for p in self.ports.data]
        torch.manual_seed(seed)
        self.size_px = options.size
        self._device = device
        self._net = self.net(options.width).to(device)
        self._adam = torch.optim.Adam(self._net.parameters(), 1e-2)
        self.parameters = {"network": sum(weight.numel() for weight in self._net.parameters())}

    def fit(self, largest: float, batch: Batch) -> None:
        assert largest > 0
        assert set(batch.values) == {port.role for port in self.ports.data}

    def step(self, batch: Batch, number: int) -> dict[str, float]:
        self._adam.zero_grad()
        loss = self._loss(batch)
        loss.backward()
        self._adam.step()
        return {"loss": loss.item()}

    def validate(self, batch: Batch, number: int) -> dict[str, float]:
        with torch.no_grad():
            return {"loss": self._loss(batch).item()}

    def translate(self, batch: Batch) -> Values:
        with torch.no_grad():
            return self._net(*self.fed(batch)).cpu().numpy()

    def state(self) -> dict[str, Tensor]:
        return self._kept.state()

    def load_state(self, state: dict[str, Tensor]) -> None:
        self._kept.load(state)

    def exportable(self) -> Exportable:
        net = self._net.cpu().eval()

        def reference(*given: Values) -> Values:
            tensors = [torch.from_numpy(interleave(one) if one.dtype.kind == "c" else one)
                       for one in given]  # fmt: skip
            with torch.no_grad():
                return net(*tensors).numpy()

        return Exportable(net, reference, image=self.use)

    def fed(self, batch: Batch) -> list[Tensor]:
        return [batch[port.role] for port in self.ports.inputs]

    @property
    def _kept(self) -> Kept:
        return Kept({"network": self._net}, {"adam": self._adam}, ("none", torch.Generator()))

    def _loss(self, batch: Batch) -> Tensor:
        return (self._net(*self.fed(batch)) - batch[self.target]).abs().mean()


class MadeReal(Made):
    net = RealNet
    ports = MethodPorts(
        data=(Port(role="input", bands=2, dtype="float32"), Port(role="target", bands=2)),
        inputs=(Port(role="input", bands=2, dtype="float32"),),
        outputs=(Port(role="target", bands=2),),
    )


class MadeNormalised(MadeReal):
    net = NormalisedNet
    use = replace(Made.use, blending="weighted", test_time="tile_statistics")


class MadeSarOptical(Made):
    net = SarOpticalNet
    ports = MethodPorts(
        data=(
            Port(role="sar", bands=1, dtype="complex64"),
            Port(role="optical", bands=3, dtype="float32", ratio="1/3"),
            Port(role="target", bands=1, dtype="float32"),
        ),
        inputs=(
            Port(role="sar", bands=1, dtype="complex64"),
            Port(role="optical", bands=3, dtype="float32", ratio="1/3"),
        ),
        outputs=(Port(role="target", bands=1, dtype="float32"),),
    )


class MadeTimesThree(Made):
    net = TimesThreeNet
    use = replace(Made.use, task="super_resolution")
    ports = MethodPorts(
        data=(
            Port(role="low", bands=1, dtype="float32", frames=(5, 5)),
            Port(role="target", bands=1, dtype="float32", ratio="3"),
        ),
        inputs=(
            Port(role="low", bands=1, dtype="float32", frames=(5, 5)),
            Port(role="low_mask", dtype="bool", frames=(5, 5), mask_of="low"),
        ),
        outputs=(Port(role="target", bands=1, dtype="float32", ratio="3"),),
    )

    def fed(self, batch: Batch) -> list[Tensor]:
        return [batch["low"], batch.masks["low"]]


MADE = {
    "made_real": MadeReal,
    "made_normalised": MadeNormalised,
    "made_sar_optical": MadeSarOptical,
    "made_times_three": MadeTimesThree,
}


def made_infos() -> dict[str, MethodInfo]:
    """All of them as a registry lists them."""
    return {
        name: MethodInfo(
            title=name,
            description="Lives in tests.",
            options=Options,
            make=kind,
            ports=kind.ports,
            capabilities=frozenset(("translates",)),
            validated=("loss",),
        )
        for name, kind in MADE.items()
    }
