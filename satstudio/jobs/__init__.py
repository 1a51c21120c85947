"""Long work as data: jobs, the worker process, the demo."""
