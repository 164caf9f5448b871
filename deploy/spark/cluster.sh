#!/usr/bin/env bash
# Runs one command on a Spark standalone cluster of this machine (a master and two workers, all from the pyspark wheel),
# and ends the cluster with it. Example: deploy/spark/cluster.sh fuyou build
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python}
port=${SPARK_MASTER_PORT:-7077}
page=${SPARK_MASTER_WEBUI_PORT:-8080}
memory=${SPARK_WORKER_MEMORY:-1500m}

if [ $# -eq 0 ]; then
    echo "用法：$0 命令……（例：$0 fuyou build）" >&2
    exit 2
fi

SPARK_HOME=$("$python" -c 'import pathlib, pyspark; print(pathlib.Path(pyspark.__file__).parent)')
export SPARK_HOME SPARK_LOCAL_IP=127.0.0.1 SPARK_CONF_DIR=${SPARK_CONF_DIR:-$here}
export SPARK_DAEMON_MEMORY=${SPARK_DAEMON_MEMORY:-256m}
scratch=$(mktemp -d)
processes=()

end() {
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
    wait "${processes[@]}" 2>/dev/null || true
    rm -rf "$scratch"
}
trap end EXIT

start() {
    "$SPARK_HOME/bin/spark-class" "$@" >>"$scratch/cluster.log" 2>&1 &
    processes+=($!)
}

workers_alive() {
    "$python" - "$page" <<'PYTHON'
import json, sys, urllib.request
try:
    with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/json/", timeout=5) as answer:
        print(json.load(answer)["aliveworkers"])
except OSError:
    print(0)
PYTHON
}

start org.apache.spark.deploy.master.Master --host 127.0.0.1 --port "$port" --webui-port "$page"
for worker in 1 2; do
    start org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --cores 1 --memory "$memory" \
        --work-dir "$scratch/worker$worker" --webui-port 0 "spark://127.0.0.1:$port"
done
for second in $(seq 120); do
    [ "$(workers_alive)" = 2 ] && break
    if [ "$second" = 120 ]; then
        echo "集群没有在两分钟内就绪，日志：" >&2
        tail -20 "$scratch/cluster.log" >&2
        exit 1
    fi
    sleep 1
done
echo "Spark 集群已就绪：spark://127.0.0.1:$port（1 个 master，2 个 worker）；页面 http://127.0.0.1:$page"

FUYOU_ENGINE=spark FUYOU_SPARK_MASTER="spark://127.0.0.1:$port" "$@"
