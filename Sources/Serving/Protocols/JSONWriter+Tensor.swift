package import Inference
package import Kernel

extension JSONWriter {
    /// The element of `tensor` numbered `index` in row-major order.
    package mutating func value(element index: Int, of tensor: Tensor) {
        switch tensor.values {
        case .float(let values): value(values[index])
        case .double(let values): value(values[index])
        case .int8(let values): value(Int64(values[index]))
        case .int16(let values): value(Int64(values[index]))
        case .int32(let values): value(Int64(values[index]))
        case .int64(let values): value(values[index])
        case .uint8(let values): value(Int64(values[index]))
        case .uint16(let values): value(Int64(values[index]))
        case .uint32(let values): value(Int64(values[index]))
        case .uint64(let values): raw(String(values[index]).utf8)
        case .bool(let values): value(values[index])
        case .string(let values): value(values[index])
        }
    }

    /// All elements in row-major order, in one list.
    package mutating func flat(_ tensor: Tensor) {
        array { writer in
            for index in 0..<tensor.count { writer.value(element: index, of: tensor) }
        }
    }

    /// The elements from `start` on in lists nested like `shape`; a single one by itself.
    private mutating func nested(_ tensor: Tensor, _ shape: ArraySlice<Int>, from start: Int) {
        guard let length = shape.first else { return value(element: start, of: tensor) }
        let inner = shape.dropFirst()
        let stride = inner.reduce(1, *)
        array { writer in
            for index in 0..<length { writer.nested(tensor, inner, from: start + index * stride) }
        }
    }

    /// A whole output: lists nested like its shape; where it has classes, for each row an object by class.
    package mutating func whole(_ output: NamedTensor) {
        guard let classes = output.classes else { return nested(output.tensor, output.tensor.shape[...], from: 0) }
        array { writer in
            for row in 0..<(output.tensor.shape.first ?? 0) { writer.byClass(output.tensor, classes, row: row) }
        }
    }

    /// What an output says of one row of `rows`.
    ///
    /// A row that is a single element, of shape `[]` or `[1]`, is that element; any other is lists nested like its
    /// shape. Where the output has classes it is an object by class. An output whose first dimension does not count
    /// the rows is given whole.
    package mutating func row(_ row: Int, of rows: Int, in output: NamedTensor) {
        let tensor = output.tensor
        guard tensor.shape.first == rows else { return whole(output) }
        if let classes = output.classes { return byClass(tensor, classes, row: row) }
        let shape = tensor.shape.dropFirst()
        let stride = shape.reduce(1, *)
        if stride == 1, shape.count <= 1 { return value(element: row, of: tensor) }
        nested(tensor, shape, from: row * stride)
    }

    /// The prediction for one row of `rows`: of a model with one output what it says, else an object by output.
    package mutating func prediction(_ row: Int, of rows: Int, in outputs: [NamedTensor]) {
        if outputs.count == 1 { return self.row(row, of: rows, in: outputs[0]) }
        object { writer in
            for output in outputs {
                writer.name(data: output.name)
                writer.row(row, of: rows, in: output)
            }
        }
    }

    private mutating func byClass(_ tensor: Tensor, _ classes: Tensor, row: Int) {
        object { writer in
            for index in 0..<classes.count {
                switch classes.values {
                case .string(let names): writer.name(data: names[index])
                case .int64(let numbers): writer.name(data: String(numbers[index]))
                default: writer.name(data: String(index))
                }
                writer.value(element: row * classes.count + index, of: tensor)
            }
        }
    }
}
