"""Many pictures: the job, the function that paints it, its store, its supervisor, its cluster.

A `job.Job` is plain data, and `run_job.run_job` is the one function that paints it, whoever asks:
a folder's batch, the studio or a Dask worker. Printing, exiting and the command line do not belong
here.
"""
