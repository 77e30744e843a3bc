#!/bin/sh
#SBATCH --job-name=second-cart
#SBATCH --requeue
# One share of a table of runs for each task: sbatch --array=1-8 workflow/slurm.sh RUNS.csv OUT 8 [options of batch]
runs=$1 out=$2 chunks=$3
shift 3
exec second-cart batch "$runs" --out "$out" --chunk "$SLURM_ARRAY_TASK_ID/$chunks" --workers "${SLURM_CPUS_PER_TASK:-1}" "$@"
