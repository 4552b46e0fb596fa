"""What the runner refuses."""


class WorkflowError(Exception):
    """GitHub would not accept this workflow, or this way of starting it."""


class UnsupportedError(WorkflowError):
    """GitHub may accept it; this runner does not know it, and says so instead of passing over it."""


class ExpressionError(WorkflowError):
    """An expression that cannot be read, or has no value."""
