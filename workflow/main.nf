// A table of runs in shares, one a process: nextflow run workflow/main.nf --runs RUNS.csv --out OUT --chunks 8
process chunk {
    errorStrategy { task.exitStatus == 1 ? 'ignore' : 'retry' } // 1: runs of it failed, and are named at the end
    input: val number
    output: val number
    script: "second-cart batch ${file(params.runs)} --out ${file(params.out)} --chunk ${number}/${params.chunks} --workers ${task.cpus}"
}
process summary {
    input: val chunks
    script: "second-cart batch ${file(params.runs)} --out ${file(params.out)}"
}
workflow { channel.of(1..params.chunks) | chunk | collect | summary }
