// A call's result. A status that is not null is ours to release, after its text is copied.

import CONNXRuntime

/// Turns what ORT's calls return into errors.
enum ORTStatus {
    /// Throws when a call failed.
    ///
    /// - Parameters:
    ///   - status: what the call returned; null is success. Released here.
    ///   - api: the table of functions.
    ///   - code: our code for this failure.
    ///   - path: left out of the text that the caller sees.
    /// - Throws: an error with ORT's number and text.
    static func check(
        _ status: OpaquePointer?,
        _ api: OpaquePointer,
        _ code: InferenceError.Code,
        hiding path: String? = nil
    ) throws(InferenceError) {
        if let status { throw error(status, api, code, hiding: path) }
    }

    /// The object that a call which reported success has made.
    static func made(_ pointer: OpaquePointer?) throws(InferenceError) -> OpaquePointer {
        guard let pointer else {
            throw InferenceError(.runFailed, "ONNX Runtime reports success and gives no object")
        }
        return pointer
    }

    private static func error(
        _ status: OpaquePointer,
        _ api: OpaquePointer,
        _ code: InferenceError.Code,
        hiding path: String?
    ) -> InferenceError {
        defer { ORTReleaseStatus(api, status) }
        let number = ORTErrorCode(api, status)
        let text = String(cString: ORTErrorMessage(api, status))
        let (code, description) =
            switch number {
            case ORTCode.noSuchFile: (InferenceError.Code.modelNotFound, "the model's file does not exist")
            case ORTCode.invalidProtobuf: (.modelInvalid, "the model is not a file in ONNX format, or it is cut short")
            default: (code, "ONNX Runtime: \(path.map { text.replacing($0, with: "the model") } ?? text)")
            }
        return InferenceError(code, description, engineCode: number, engineMessage: text)
    }
}

/// The error codes of ORT that we tell apart.
enum ORTCode {
    static let noSuchFile: Int32 = 3
    static let invalidProtobuf: Int32 = 7
}
