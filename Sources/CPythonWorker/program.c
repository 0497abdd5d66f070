#include "CPythonWorker.h"

const unsigned char martlet_worker[] = {
#embed "../../Python/worker/martlet_worker.py"
};
const size_t martlet_worker_length = sizeof martlet_worker;

const unsigned char martlet_environment[] = {
#embed "../../Python/worker/martlet_environment.py"
};
const size_t martlet_environment_length = sizeof martlet_environment;
