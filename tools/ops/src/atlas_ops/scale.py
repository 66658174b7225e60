"""`make docs`: writes the tables of docs/scale.md and the picture of autoscaling beside it."""

from collections.abc import Sequence
from dataclasses import replace

from atlas_ops.autoscaling import Simulation, outcome
from atlas_ops.capacity import PAGE, ROOT, read_figures, table
from atlas_ops.scenario import Burst, Pod, Scaler
from atlas_ops.timeline import draw

SIZES = {50_000: 1, 10_000_000: 7, 1_000_000_000: 90}
MANIFEST = ROOT / "k8s/components/keda/scaled-object.yaml"
PICTURE = ROOT / "docs/images/autoscaling.svg"
NODE_SECONDS = 180
"""From asking for a GPU pod to its first batch: a node starts, the image and the model arrive, TensorFlow warms up."""

BURSTS = (
    Burst(start=600, stickers=50_000, rate=50),
    Burst(start=5_400, stickers=2_000_000, rate=1_500),
)
END = 4 * 3600.0


def simulations() -> dict[str, Simulation]:
    """The shipped settings, and the same with a tenth and ten times the lag a pod."""
    figures = read_figures()
    batch = 32
    pod = Pod(batch, batch * figures["frames_per_sticker"] / figures["frames_per_gpu_second"], NODE_SECONDS)
    shipped = Scaler.read(MANIFEST)
    lags = {"shipped": shipped.lag, "a tenth": shipped.lag // 10, "ten times": shipped.lag * 10}
    return {name: Simulation(replace(shipped, lag=lag), pod, BURSTS, END).run() for name, lag in lags.items()}


def outcomes(found: dict[str, Simulation]) -> str:
    price = read_figures()["price_gpu_hour"]
    lines = [
        "| lag a pod | largest backlog | behind the last arrival | most pods | GPU hours | USD |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, simulation in found.items():
        result = outcome(simulation)
        lines.append(
            f"| {name}: {simulation.scaler.lag:,} | {result.most_backlog:,} | {result.minutes_behind:.0f} min "
            f"| {result.most_pods} | {result.pod_hours:.1f} | {result.pod_hours * price:.2f} |"
        )
    return "\n".join(lines) + "\n"


def written(page: str, sections: Sequence[tuple[str, str]]) -> str:
    """The page with the text between the comments `<!-- name -->` and `<!-- end -->` replaced."""
    for name, text in sections:
        start, end = f"<!-- {name} -->\n", "<!-- end -->"
        before, _, rest = page.partition(start)
        page = before + start + text + end + rest.partition(end)[2]
    return page


def main() -> None:
    found = simulations()
    draw({f"lag a pod: {name}": simulation.moments for name, simulation in found.items()}, PICTURE)
    sections = [("plan", table(SIZES, read_figures())), ("autoscaling", outcomes(found))]
    PAGE.write_text(written(PAGE.read_text(), sections))


if __name__ == "__main__":
    main()
