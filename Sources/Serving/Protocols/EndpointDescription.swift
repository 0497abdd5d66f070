import Inference
package import Kernel

extension ServingService {
    /// What an endpoint takes and answers in each protocol, as a document of OpenAPI 3.1, made of its model's signature.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND`; `TEMPORARILY_UNAVAILABLE` while its model is not loaded.
    package func description(of name: String) throws -> JSON {
        guard let served = routes[name] else { throw Self.notFound(name) }
        guard let model = served.primary.model else { throw served.isAway(served.endpoint.primary) }
        return EndpointDescription(endpoint: served.endpoint, plan: model.plan).document
    }
}

/// The description of one endpoint for whoever writes a client of it.
struct EndpointDescription {
    let endpoint: Endpoint
    let plan: InputPlan

    /// The document.
    var document: JSON {
        let about = "Predictions of version \(endpoint.version) of the model \"\(endpoint.modelName)\"."
        let info: JSON = [
            "title": .string(endpoint.name),
            "version": .string(String(endpoint.version)),
            "description": .string(about),
        ]
        return [
            "openapi": "3.1.0", "info": info, "servers": [["url": "/"]], "paths": .object(JSONObject(paths)),
            "components": ["schemas": schemas],
        ]
    }

    private var paths: [(String, JSON)] {
        let encoded = PercentEncoding.encode(endpoint.name)
        let one = object([("inputs", reference("Row"))])
        return [
            ("/predict", call("predict", "A prediction for one row.", named("inputs", "Row"), "Prediction")),
            (
                "/predict/batch",
                call("predictBatch", "A prediction for each row.", named("inputs", "Rows"), "Predictions")
            ),
            ("/api/v1/mlflow/serve/\(encoded)", call("serve", "A prediction for one row.", one, "Prediction")),
            ("/invocations", invocations),
            (
                "/endpoints/\(encoded)/invocations",
                call("invokeByName", "MLflow's scoring protocol, as its deployments client asks.", scored, "Invocation")
            ),
            (
                "/v2/models/\(encoded)/infer",
                call("infer", "The Open Inference Protocol.", tensors, "InferenceResponse")
            ),
        ]
    }

    // MARK: Calls

    private func call(_ id: String, _ summary: String, _ body: JSON, _ answer: String) -> JSON {
        [
            "post": [
                "operationId": .string(id),
                "summary": .string(summary),
                "requestBody": ["required": true, "content": ["application/json": ["schema": body]]],
                "responses": [
                    "200": [
                        "description": "Done.",
                        "content": ["application/json": ["schema": reference(answer)]],
                    ],
                    "default": ["description": "Refused."],
                ],
            ]
        ]
    }

    private var scored: JSON {
        let rows = reference("Rows")
        return [
            "oneOf": .array(
                [
                    object([("dataframe_split", ["type": "object", "required": ["data"]])]),
                    object([("dataframe_records", rows)]),
                    object([("instances", rows)]),
                    object([("inputs", [:])]),
                ]
            )
        ]
    }

    private var invocations: JSON {
        let header: JSON = [
            "name": "X-Martlet-Endpoint", "in": "header",
            "schema": ["type": "string", "const": .string(endpoint.name)],
        ]
        var item = call("invoke", "MLflow's scoring protocol.", scored, "Invocation").objectValue ?? JSONObject()
        item["parameters"] = [header]
        return .object(item)
    }

    /// A body that names the model.
    private func named(_ member: String, _ schema: String) -> JSON {
        object([
            ("model_name", ["type": "string", "const": .string(endpoint.name)]),
            (member, reference(schema)),
        ])
    }

    // MARK: Schemas

    private var schemas: JSON {
        .object(
            JSONObject([
                ("Row", row), ("Rows", ["type": "array", "items": reference("Row")]),
                ("Output", output), ("Prediction", answer("prediction", reference("Output"), "request_id")),
                (
                    "Predictions",
                    answer("predictions", ["type": "array", "items": reference("Output")], "request_ids")
                ),
                ("Invocation", object([("predictions", ["type": "object"])])),
                ("InferenceResponse", response),
            ])
        )
    }

    /// One row: an object by column or input, or the values in their order.
    private var row: JSON {
        let members: [(String, JSON, Bool)] =
            plan.columns.isEmpty
            ? plan.inputs.map { ($0.name, Self.nested($0.elementType, ($0.shape ?? [-1]).dropFirst()), true) }
            : plan.columns.map { ($0.name, Self.schema($0.kind), $0.isRequired) }
        let required: [JSON] = members.filter { $0.2 }.map { .string($0.0) }
        let byName: JSON = [
            "type": "object",
            "properties": .object(JSONObject(members.map { ($0.0, $0.1) })), "required": .array(required),
        ]
        return ["anyOf": [byName, ["type": "array"]]]
    }

    private var output: JSON {
        if endpoint.outputs.count == 1, let only = endpoint.outputs.first { return Self.answered(only) }
        return object(endpoint.outputs.map { ($0.name, Self.answered($0)) })
    }

    private func answer(_ member: String, _ schema: JSON, _ id: String) -> JSON {
        let text: JSON = ["type": "string"]
        let ids: JSON = id == "request_id" ? text : ["type": "array", "items": text]
        return object([
            ("model_name", text), ("model_version", text), (member, schema), (id, ids),
            ("latency_ms", ["type": "number"]),
        ])
    }

    /// The body of an inference request.
    private var tensors: JSON {
        let count = JSON.integer(Int64(plan.inputs.count))
        let inputs: JSON = [
            "type": "array", "minItems": count, "maxItems": count,
            "items": ["oneOf": .array(plan.inputs.map(Self.tensor))],
        ]
        let names: [JSON] = endpoint.outputs.map { .string($0.name) }
        let output = object([("name", ["type": "string", "enum": .array(names)])])
        let properties: JSON = [
            "id": ["type": "string"], "inputs": inputs, "outputs": ["type": "array", "items": output],
            "parameters": ["type": "object"],
        ]
        return ["type": "object", "required": ["inputs"], "properties": properties]
    }

    private var response: JSON {
        object([
            ("model_name", ["type": "string"]), ("model_version", ["type": "string"]),
            ("outputs", ["type": "array", "items": ["anyOf": .array(endpoint.outputs.map(Self.tensor))]]),
        ])
    }

    private static func tensor(_ tensor: TensorDescription) -> JSON {
        let lengths = (tensor.shape ?? []).map { length -> JSON in
            if length < 0 { return ["type": "integer", "minimum": 0] }
            return ["const": .integer(Int64(length))]
        }
        // A rank that is left open is written as no lengths at all.
        let shape: JSON = lengths.isEmpty ? ["type": "array"] : ["type": "array", "prefixItems": .array(lengths)]
        let properties: JSON = [
            "name": ["type": "string", "const": .string(tensor.name)],
            "datatype": ["type": "string", "const": .string(tensor.elementType.datatype)],
            "shape": shape, "data": ["type": "array"],
        ]
        return ["type": "object", "required": ["name", "datatype", "shape"], "properties": properties]
    }

    private func object(_ members: [(String, JSON)]) -> JSON {
        [
            "type": "object",
            "properties": .object(JSONObject(members)),
            "required": .array(members.map { .string($0.0) }),
        ]
    }

    private func reference(_ schema: String) -> JSON { ["$ref": .string("#/components/schemas/\(schema)")] }

    // MARK: Values

    private static func schema(_ kind: InputColumn.Kind) -> JSON {
        switch kind {
        case .boolean: ["type": "boolean"]
        case .integer: ["type": "integer", "minimum": -2_147_483_648, "maximum": 2_147_483_647]
        case .long: ["type": "integer"]
        case .float, .double: ["type": ["number", "null"]]
        case .string: ["type": "string"]
        }
    }

    private static func schema(_ type: ElementType) -> JSON {
        switch type {
        case .bool: ["type": "boolean"]
        case .string: ["type": "string"]
        case .float, .double: ["type": "number"]
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: ["type": "integer"]
        }
    }

    /// Lists nested like `shape`, of elements of `type`.
    private static func nested(_ type: ElementType, _ shape: ArraySlice<Int>) -> JSON {
        guard let length = shape.first else { return schema(type) }
        let items = nested(type, shape.dropFirst())
        guard length >= 0 else { return ["type": "array", "items": items] }
        let count = JSON.integer(Int64(length))
        return ["type": "array", "items": items, "minItems": count, "maxItems": count]
    }

    /// What an output says of one row; an output with classes an object by class.
    private static func answered(_ output: TensorDescription) -> JSON {
        if case .sequenceOfMap = output.kind {
            return ["type": "object", "additionalProperties": schema(output.elementType)]
        }
        let row = (output.shape ?? [-1]).dropFirst()
        if row.isEmpty || row == [1] { return schema(output.elementType) }
        return nested(output.elementType, row)
    }
}
