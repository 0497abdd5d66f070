#include "CWebAssets.h"

const unsigned char martlet_openapi[] = {
#embed "../Server/OpenAPI/openapi.json"
};
const size_t martlet_openapi_length = sizeof martlet_openapi;
