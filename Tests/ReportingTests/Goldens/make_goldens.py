"""Makes the golden of TensorBoardTests with TensorBoard's own writer (made with tensorboard 2.21)."""
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

events = [
    Event(wall_time=1700000000.25, file_version="brain.Event:2"),
    Event(wall_time=1700000000.25, step=300, session_log=SessionLog(status=SessionLog.START)),
    Event(
        wall_time=1700000000.25,
        step=301,
        summary=Summary(
            value=[
                Summary.Value(tag="loss/walk", simple_value=1.5),
                Summary.Value(tag="loss/äv", simple_value=-0.1),
            ]
        ),
    ),
]
with open("resumed.tfevents", "wb") as file:
    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString())
    writer.flush()
