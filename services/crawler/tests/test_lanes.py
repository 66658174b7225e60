from atlas_crawler.lanes import Lanes
from atlas_crawler.model.links import Link, LinkKind, Task


def test_a_host_s_links_share_one_lane_and_jobs_hold_no_more_than_they_may() -> None:
    lanes = Lanes(count=8, host_connections=4, links_per_job=3, ack_wait=10)
    links = [Link(f"http://{host}.example/{n}.png", LinkKind.IMAGE) for host in "ab" for n in range(7)]
    jobs = list(lanes.jobs("c", map(Task.first, links)))
    assert {len(job.tasks) for _, job in jobs} == {3, 1}
    assert all(len({lanes.lane(task.at) for task in job.tasks}) == 1 for _, job in jobs)
    assert lanes.lane("http://a.example/1") == lanes.lane("https://A.example:8443/2")
    assert {consumer.max_ack_pending for consumer in lanes.consumers(LinkKind.IMAGE)} == {3}
    assert {consumer.max_ack_pending for consumer in lanes.consumers(LinkKind.PAGE)} == {1}
