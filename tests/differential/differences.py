"""The differences between our decoder and the references that are legitimate, each as narrow as it
can be put: a difference that none of these explains fails the test.

Each takes our verdict, the reference's, the stream and its frames, and returns whether it explains.
"""

from frame_walk import Frame, first_broken_text
from streams import Stream
from verdict import Verdict

CONTROL_EVENTS = ("ping:", "pong:", "close:")


def culprits(frames: list[Frame], verdict: Verdict) -> list[Frame]:
    """The frames that were being read when the verdict's last event had come."""
    return [frame for frame in frames if frame.fins_before == len(verdict.events)]


def shortest_length(ours: Verdict, theirs: Verdict, stream: Stream, frames: list[Frame]) -> bool:
    """Section 5.2 requires the shortest form of a length; neither reference checks it."""
    return (
        ours.why == "length_not_in_its_shortest_form"
        and theirs.starts_with(ours)
        and any(not frame.shortest for frame in culprits(frames, ours))
    )


def top_bit(ours: Verdict, theirs: Verdict, stream: Stream, frames: list[Frame]) -> bool:
    """A length of 2^63 or more is against section 5.2 for us (1002), too much for them (1009)."""
    return (
        ours.why == "length_of_2^63_or_more"
        and theirs.events == ours.events
        and theirs.outcome == ("fail", 1009)
        and any(frame.length >= 2**63 for frame in culprits(frames, ours))
    )


def fail_fast(ours: Verdict, theirs: Verdict, stream: Stream, frames: list[Frame]) -> bool:
    """We refuse a text at the byte that breaks it, they at its end, if that comes at all."""
    broken = first_broken_text(frames)
    later = theirs.events[len(ours.events) :]
    return (
        ours.why == "text_not_UTF-8"
        and theirs.starts_with(ours)
        and all(event.startswith(CONTROL_EVENTS) for event in later)
        and broken is not None
        and broken in culprits(frames, ours)
    )


def after_the_payload(ours: Verdict, theirs: Verdict, stream: Stream, frames: list[Frame]) -> bool:
    """websockets judges most of a header once its payload is there; here the stream ends before."""
    return (
        ours.outcome == ("fail", 1002)
        and theirs.end == "more"
        and theirs.events == ours.events
        and any(not frame.is_complete for frame in culprits(frames, ours))
    )


def limit_first(ours: Verdict, theirs: Verdict, stream: Stream, frames: list[Frame]) -> bool:
    """websockets counts control frames against the message's limit, and checks that first."""
    return (
        theirs.outcome == ("fail", 1009)
        and ours.starts_with(theirs)
        and (len(ours.events) > len(theirs.events) or ours.outcome in (("fail", 1002), ("more", 0)))
        and any(
            frame.length > stream.limit - frame.open_bytes
            and (frame.is_control or ours.outcome == ("fail", 1002))
            for frame in culprits(frames, theirs)
        )
    )


def close_in_message(ours: Verdict, theirs: Verdict, stream: Stream, frames: list[Frame]) -> bool:
    """websockets takes a close between fragments for an error; section 5.4 allows it."""
    return (
        ours.end == "closed"
        and theirs.outcome == ("fail", 1002)
        and theirs.events == ours.events[:-1]
        and any(frame.opcode == 8 and frame.is_open for frame in culprits(frames, theirs))
    )


def reason_before_code(ours: Verdict, theirs: Verdict, stream: Stream, frames: list[Frame]) -> bool:
    """A close with a bad code and a bad reason: websockets names the reason (1007), we the code."""
    return (
        ours.why == "close_code_not_allowed_on_the_wire"
        and theirs.outcome == ("fail", 1007)
        and theirs.events == ours.events
    )


# For each reference, and the share of the streams that each difference may explain at most.
OF_WS = {shortest_length: 0.05, top_bit: 0.02, fail_fast: 0.05}
OF_WEBSOCKETS = {
    **OF_WS,
    after_the_payload: 0.05,
    limit_first: 0.05,
    close_in_message: 0.02,
    reason_before_code: 0.02,
}
