// What a model declares. Names and type infos are made for us and given back at once; what a type info is cast to is
// borrowed from it.

import CONNXRuntime

extension ORTSession {
    /// The inputs that a caller must give, in the model's order.
    func inputs() throws(InferenceError) -> [TensorDescription] {
        var count = 0
        try check(ORTInputCount(engine.api, session, &count))
        var inputs: [TensorDescription] = []
        for index in 0..<count {
            var text: UnsafeMutablePointer<CChar>?
            try check(ORTInputName(engine.api, session, index, engine.allocator, &text))
            let name = try take(text)
            var type: OpaquePointer?
            try check(ORTInputType(engine.api, session, index, &type))
            let input = try description(of: "input \"\(name)\"", named: name, takingType: type)
            guard input.kind == .tensor else { throw unsupported("input \"\(name)\"", "a sequence of maps") }
            inputs.append(input)
        }
        return inputs
    }

    /// The outputs, in the model's order.
    func outputs() throws(InferenceError) -> [TensorDescription] {
        var count = 0
        try check(ORTOutputCount(engine.api, session, &count))
        var outputs: [TensorDescription] = []
        for index in 0..<count {
            var text: UnsafeMutablePointer<CChar>?
            try check(ORTOutputName(engine.api, session, index, engine.allocator, &text))
            let name = try take(text)
            var type: OpaquePointer?
            try check(ORTOutputType(engine.api, session, index, &type))
            outputs.append(try description(of: "output \"\(name)\"", named: name, takingType: type))
        }
        return outputs
    }

    private func description(
        of subject: String,
        named name: String,
        takingType made: OpaquePointer?
    ) throws(InferenceError) -> TensorDescription {
        let type = try ORTStatus.made(made)
        defer { ORTReleaseTypeInfo(engine.api, type) }
        var kind: Int32 = 0
        try check(ORTTypeKind(engine.api, type, &kind))
        switch Int(kind) {
        case ORTKindTensor:
            return try tensorDescription(of: subject, named: name, type)
        case ORTKindSequence:
            var sequence: OpaquePointer?
            try check(ORTSequenceInfo(engine.api, type, &sequence))
            var element: OpaquePointer?
            try check(ORTSequenceElementType(engine.api, try ORTStatus.made(sequence), &element))
            return try sequenceDescription(of: subject, named: name, takingElement: element)
        default:
            throw unsupported(subject, "neither a tensor nor a sequence")
        }
    }

    private func tensorDescription(
        of subject: String,
        named name: String,
        _ type: OpaquePointer
    ) throws(InferenceError) -> TensorDescription {
        var cast: OpaquePointer?
        try check(ORTTensorInfo(engine.api, type, &cast))
        let info = try ORTStatus.made(cast)
        var code: Int32 = 0
        try check(ORTElementType(engine.api, info, &code))
        guard let element = ElementType(rawValue: code) else {
            throw unsupported(subject, "a tensor of \(ElementType.name(ofCode: code))")
        }
        var shape: [Int]?
        if ORTHasShape(engine.api, info) {
            var rank = 0
            try check(ORTRank(engine.api, info, &rank))
            var dimensions = [Int](repeating: -1, count: rank)
            try check(ORTDimensions(engine.api, info, &dimensions, rank))
            shape = dimensions
        }
        return TensorDescription(name: name, elementType: element, shape: shape)
    }

    /// Of all sequences only those of maps from class to float, which ZipMap makes.
    private func sequenceDescription(
        of subject: String,
        named name: String,
        takingElement made: OpaquePointer?
    ) throws(InferenceError) -> TensorDescription {
        let element = try ORTStatus.made(made)
        defer { ORTReleaseTypeInfo(engine.api, element) }
        var kind: Int32 = 0
        try check(ORTTypeKind(engine.api, element, &kind))
        guard Int(kind) == ORTKindMap else { throw unsupported(subject, "a sequence of something else than maps") }
        var cast: OpaquePointer?
        try check(ORTMapInfo(engine.api, element, &cast))
        let map = try ORTStatus.made(cast)
        var code: Int32 = 0
        try check(ORTMapKeyType(engine.api, map, &code))
        var value: OpaquePointer?
        try check(ORTMapValueType(engine.api, map, &value))
        let valueType = try ORTStatus.made(value)
        defer { ORTReleaseTypeInfo(engine.api, valueType) }
        try check(ORTTypeKind(engine.api, valueType, &kind))
        guard let key = ElementType(rawValue: code), key == .int64 || key == .string, Int(kind) == ORTKindTensor else {
            throw unsupported(subject, "a map from \(ElementType.name(ofCode: code)) to something else than numbers")
        }
        let number = try tensorDescription(of: subject, named: name, valueType)
        guard number.elementType == .float else {
            throw unsupported(subject, "a map to \(number.elementType.name)")
        }
        return TensorDescription(name: name, kind: .sequenceOfMap(key: key), elementType: .float, shape: [-1, -1])
    }

    private func unsupported(_ subject: String, _ found: String) -> InferenceError {
        InferenceError(
            .modelUnsupported,
            "\(subject) is \(found); Martlet serves tensors of "
                + ElementType.allCases.map(\.name).joined(separator: ", ") + ", and ZipMap's maps as outputs"
        )
    }

    private func check(_ status: OpaquePointer?) throws(InferenceError) {
        try ORTStatus.check(status, engine.api, .modelInvalid)
    }

    private func take(_ text: UnsafeMutablePointer<CChar>?) throws(InferenceError) -> String {
        guard let text else { throw InferenceError(.modelInvalid, "an input or output of the model has no name") }
        return try engine.takeText(text)
    }
}
