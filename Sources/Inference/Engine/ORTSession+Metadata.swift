// A model's metadata: an object and texts that ORT makes for us, copied and given back before we return.

import CONNXRuntime

extension ORTSession {
    /// What the model's file says of itself.
    func metadata() throws(InferenceError) -> ModelMetadata {
        var made: OpaquePointer?
        try check(ORTModelMetadata(engine.api, session, &made))
        let metadata = try ORTStatus.made(made)
        defer { ORTReleaseModelMetadata(engine.api, metadata) }
        var version: Int64 = 0
        try check(ORTMetadataVersion(engine.api, metadata, &version))
        return ModelMetadata(
            producer: try text { ORTMetadataProducer(engine.api, metadata, engine.allocator, &$0) },
            graphName: try text { ORTMetadataGraphName(engine.api, metadata, engine.allocator, &$0) },
            domain: try text { ORTMetadataDomain(engine.api, metadata, engine.allocator, &$0) },
            description: try text { ORTMetadataDescription(engine.api, metadata, engine.allocator, &$0) },
            // ORT's way to say that the file sets none.
            version: version == .max ? nil : version,
            custom: try custom(metadata)
        )
    }

    private func custom(_ metadata: OpaquePointer) throws(InferenceError) -> [String: String] {
        var keys: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        var count: Int64 = 0
        try check(ORTMetadataKeys(engine.api, metadata, engine.allocator, &keys, &count))
        guard let keys else { return [:] }
        var custom: [String: String] = [:]
        for index in 0..<Int(count) {
            guard let pointer = keys[index] else { continue }
            let key = try engine.takeText(pointer)
            custom[key] = try text { ORTMetadataLookup(engine.api, metadata, engine.allocator, key, &$0) }
        }
        try check(ORTAllocatorFree(engine.api, engine.allocator, keys))
        return custom
    }

    private func text(
        _ call: (inout UnsafeMutablePointer<CChar>?) -> OpaquePointer?
    ) throws(InferenceError) -> String {
        var text: UnsafeMutablePointer<CChar>?
        try check(call(&text))
        guard let text else { return "" }
        return try engine.takeText(text)
    }

    private func check(_ status: OpaquePointer?) throws(InferenceError) {
        try ORTStatus.check(status, engine.api, .modelInvalid)
    }
}
