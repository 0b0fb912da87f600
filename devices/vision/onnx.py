"""Running a network in ONNX form on the processor."""

from pathlib import Path

import numpy as np


class OnnxNetwork:
    """One network of one input and one output."""

    def __init__(self, path: Path, threads: int) -> None:
        """Load the network to run on so many cores."""
        import onnxruntime  # a second's import, for the processes that read photos only

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # The arena would hold what the largest photo so far took; without it memory goes back.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        # A thread that waits by spinning takes its core from the broker and the database.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run the network on one array."""
        output: np.ndarray = self._session.run(None, {self._input: batch})[0]
        return output

    def metadata(self, key: str) -> str:
        """Return what the file says of itself."""
        return str(self._session.get_modelmeta().custom_metadata_map[key])
